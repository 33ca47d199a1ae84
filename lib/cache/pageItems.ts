import type { DeviceStatus } from '../deviceTasks/device.ts';
import { planPage, type PagePlan, type PageQuery } from '../deviceTasks/paging.ts';
import { HEADER, rowKey, secretKey } from './keys.ts';
import { MAX_STORED_DEVICES, parseHeader, type StoredHeader } from './storedItems.ts';
import type { Item } from './dynamoDbApi.ts';
import type { TableClient } from './tableClient.ts';

/** A page as it was read: not yet known to be whole. */
export interface PageItems {
  readonly header: StoredHeader;
  readonly plan: PagePlan;
  /** Positions whose secrets the page needs; none where they are not asked for. */
  readonly wanted: readonly number[];
  readonly rows: readonly Item[];
  readonly secretRows: readonly Item[];
}

function toStatuses(header: StoredHeader): DeviceStatus[] {
  return Array.from(header.statuses, (character) => (character === 'f' ? 'failed' : 'created'));
}

/** What of a page can be read without its header: an unfiltered page stands where its number says. */
function knownPositions({ page, pageSize, status }: PageQuery): number[] | undefined {
  const first = (page - 1) * pageSize;
  if (status !== undefined || first >= MAX_STORED_DEVICES) return undefined;
  return Array.from({ length: pageSize }, (_, index) => first + index);
}

function isContiguous(positions: readonly number[]): boolean {
  return positions.every((position, index) => index === 0 || position === (positions[index - 1] ?? 0) + 1);
}

/** The rows at given positions: one Query where they stand side by side, one BatchGetItem otherwise. */
async function readAt(table: TableClient, pk: string, positions: readonly number[], keyOf: (position: number) => string) {
  const [first, last] = [positions[0], positions.at(-1)];
  if (first === undefined || last === undefined) return [];
  return isContiguous(positions)
    ? table.queryRange(pk, keyOf(first), keyOf(last))
    : table.getMany(pk, positions.map(keyOf));
}

/**
 * Reads the header of a page and the rows it needs, secret rows only where they are asked for: one request
 * each, all at once where the page is unfiltered. @returns `undefined` where no header stands
 */
export async function readPageItems(
  table: TableClient,
  pk: string,
  query: PageQuery,
  withSecrets: boolean,
  nowS: () => number,
): Promise<PageItems | undefined> {
  const read = (positions: readonly number[], secretPositions: readonly number[]) =>
    Promise.all([readAt(table, pk, positions, rowKey), readAt(table, pk, secretPositions, secretKey)]);
  const known = knownPositions(query);
  const [headerItem, early] = await Promise.all([
    table.get(pk, HEADER, false),
    known === undefined ? undefined : read(known, withSecrets ? known : []),
  ]);
  const header = parseHeader(headerItem, nowS());
  if (header === undefined) return undefined;
  const plan = planPage(toStatuses(header), query);
  const wanted = withSecrets ? plan.positions.filter((position) => header.statuses[position] === 's') : [];
  const [rows, secretRows] = early ?? (await read(plan.positions, wanted));
  return { header, plan, wanted, rows, secretRows };
}
