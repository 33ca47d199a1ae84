import * as z from 'zod/mini';
import type { ListQuery } from '../deviceTasks/ports.ts';
import { makeCursor, readCursor } from './cursor.ts';
import type { Item } from './dynamoDbApi.ts';
import { listKey, type ListRef } from './keys.ts';
import { isLive, MAX_LIFE_S, numberAttribute, textAttribute, versionAttribute } from './storedItems.ts';
import type { TableClient } from './tableClient.ts';

// A version of its own, as the creation has.
const ENTRY_VERSION = 1;

/** What a list says of one thing that was created. */
export interface ListEntry {
  /** Names it within its product; no `#` in it. */
  readonly id: string;
  /** Unix milliseconds: its place in the list. */
  readonly createdAtMs: number;
  /** Unix seconds; at most 30 days after its creation. */
  readonly expiresAtS: number;
  readonly totalDevices: number;
}

/** Entries, newest first. */
export interface ListPage {
  readonly entries: readonly ListEntry[];
  /** The cursor of the page that follows, if there is one. */
  readonly next?: string;
}

const sortKeyAt = (ms: number) => String(ms).padStart(15, '0');

/** By time; things of one millisecond are told apart by their ids. */
export const sortKeyOf = ({ createdAtMs, id }: Pick<ListEntry, 'createdAtMs' | 'id'>) => `${sortKeyAt(createdAtMs)}#${id}`;

const entryItem = z.object({
  v: versionAttribute(ENTRY_VERSION),
  sk: textAttribute.check(z.regex(/^\d{15}#[^#]+$/)),
  expiresAt: numberAttribute,
  totalDevices: numberAttribute,
});

/** The entry, or nothing if it is unreadable, of another version or expired. */
function parseEntry(item: Item, nowS: number): ListEntry[] {
  const parsed = entryItem.safeParse(item);
  if (!parsed.success || !isLive(parsed.data, nowS)) return [];
  const { sk, expiresAt, totalDevices } = parsed.data;
  const [time, id = ''] = sk.split('#');
  return [{ id, createdAtMs: Number(time), expiresAtS: expiresAt, totalDevices }];
}

/** An entry as an item, which expires with what it names. */
export function toListItem(list: ListRef, entry: ListEntry): Item {
  return {
    pk: { S: listKey(list) },
    sk: { S: sortKeyOf(entry) },
    v: { N: String(ENTRY_VERSION) },
    expiresAt: { N: String(entry.expiresAtS) },
    totalDevices: { N: String(entry.totalDevices) },
  };
}

// Expired entries that the table still holds are passed over: so many a Query, in so many Queries.
const PASSED_OVER_AT_ONCE = 500;
const MAX_QUERIES = 10;

/**
 * Reads one page of a list, in one Query unless there are expired entries among those it wants. A walk by `next` gives
 * each entry that stood when it began once, whatever is created meanwhile. A page is short of `pageSize` and has a
 * `next` only if thousands of entries expired before their time.
 * @returns `undefined` if the cursor is not of this list
 */
export async function readList(table: TableClient, list: ListRef, query: ListQuery, nowS: number): Promise<ListPage | undefined> {
  const { pageSize, cursor } = query;
  let after = cursor === undefined ? undefined : readCursor(list, cursor);
  if (cursor !== undefined && after === undefined) return undefined;
  // What is older has expired, and the table may be days late in deleting it.
  const from = sortKeyAt((nowS - MAX_LIFE_S) * 1000);
  if (after !== undefined && after < from) return { entries: [] };
  const live: ListEntry[] = [];
  for (let count = 1; count <= MAX_QUERIES && live.length <= pageSize; count += 1) {
    // One entry more than the page holds tells whether another page follows.
    const limit = count === 1 ? pageSize + 1 : PASSED_OVER_AT_ONCE;
    const found = await table.query({ pk: listKey(list), from, after, limit });
    live.push(...found.items.flatMap((item) => parseEntry(item, nowS)));
    after = found.last;
    if (after === undefined) break;
  }
  const entries = live.slice(0, pageSize);
  const lastShown = live.length > pageSize ? entries.at(-1) : undefined;
  const end = lastShown === undefined ? after : sortKeyOf(lastShown);
  return { entries, ...(end === undefined ? {} : { next: makeCursor(list, end) }) };
}
