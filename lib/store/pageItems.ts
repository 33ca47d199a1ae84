import type { DeviceStatus } from '../deviceTasks/device.ts';
import { planPage, type PagePlan, type PageQuery } from '../deviceTasks/paging.ts';
import { chunkOf, MAX_STORED_DEVICES } from './chunks.ts';
import { chunkKey, HEADER, secretsKey } from './keys.ts';
import { parseChunks, parseHeader, type StoredHeader } from './storedItems.ts';
import type { TableClient } from './tableClient.ts';

/** What was found of a chunk. */
export interface FoundChunk {
  readonly chunk: number;
  /** Its devices as they are stored. */
  readonly devices: Uint8Array | undefined;
  /** Never found if secrets are not asked for. */
  readonly secrets: Uint8Array | undefined;
}

/** A page as it was read: not yet known to be whole. */
export interface PageItems {
  readonly header: StoredHeader;
  readonly plan: PagePlan;
  /** One for each chunk the page needs. */
  readonly chunks: readonly FoundChunk[];
}

function toStatuses(header: StoredHeader): DeviceStatus[] {
  return Array.from(header.statuses, (character) => (character === 'f' ? 'failed' : 'created'));
}

const numbersOf = (positions: readonly number[]) => [...new Set(positions.map(chunkOf))];

/** What of a page can be asked for without its header: the number of an unfiltered page says where it lies. */
function knownChunks({ page, pageSize, status }: PageQuery): number[] {
  const first = (page - 1) * pageSize;
  if (status !== undefined || first >= MAX_STORED_DEVICES) return [];
  return numbersOf(Array.from({ length: pageSize }, (_, index) => first + index));
}

/** A page with secrets always needs a chunk, if only to show that the header was not changed. */
function neededChunks({ positions }: PagePlan, withSecrets: boolean): number[] {
  return numbersOf(positions.length === 0 && withSecrets ? [0] : positions);
}

/**
 * Reads the header of a page and the chunks it needs, encrypted ones only if secrets are asked for: all in one
 * BatchGetItem if the page is unfiltered, in two otherwise. @returns `undefined` if there is no header
 */
export async function readPageItems(
  table: TableClient,
  pk: string,
  query: PageQuery,
  withSecrets: boolean,
  nowS: () => number,
): Promise<PageItems | undefined> {
  const keysOf = (numbers: readonly number[]) =>
    numbers.flatMap((chunk) => (withSecrets ? [chunkKey(chunk), secretsKey(chunk)] : [chunkKey(chunk)]));
  const read = (sortKeys: readonly string[]) => table.getMany(sortKeys.map((sk) => ({ pk, sk })));
  const known = knownChunks(query);
  const found = await read([HEADER, ...keysOf(known)]);
  const header = parseHeader(found.find((item) => item['sk']?.S === HEADER), nowS());
  if (header === undefined) return undefined;
  const plan = planPage(toStatuses(header), query);
  const needed = neededChunks(plan, withSecrets);
  const missing = needed.filter((chunk) => !known.includes(chunk));
  if (missing.length > 0) found.push(...(await read(keysOf(missing))));
  const data = parseChunks(found, header, nowS());
  return { header, plan, chunks: needed.map((chunk) => ({ chunk, devices: data.get(chunkKey(chunk)), secrets: data.get(secretsKey(chunk)) })) };
}
