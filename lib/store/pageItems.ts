import type { DeviceStatus } from '../deviceTasks/device.ts';
import { planPage, type PagePlan, type PageQuery } from '../deviceTasks/paging.ts';
import { chunkOf, MAX_STORED_DEVICES } from './chunks.ts';
import { chunkKey, HEADER, secretsKey } from './keys.ts';
import { findPositions } from './nameIndex.ts';
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

/** Positions of devices in the vendor's order. */
export type Positions = Pick<PagePlan, 'positions'>;

/** Which devices of a task are asked for. */
export interface Selection<P extends Positions> {
  /** Chunks that are needed as far as is known before the header is. */
  readonly known: readonly number[];
  readonly planBy: (header: StoredHeader) => P;
}

/** Devices as they were read: not yet known to be whole. */
export interface PageItems<P extends Positions = Positions> {
  readonly header: StoredHeader;
  readonly plan: P;
  /** One for each chunk that is needed. */
  readonly chunks: readonly FoundChunk[];
}

function toStatuses(header: StoredHeader): DeviceStatus[] {
  return Array.from(header.statuses, (character) => (character === 'f' ? 'failed' : 'created'));
}

const numbersOf = (positions: readonly number[]) => [...new Set(positions.map(chunkOf))];

/** The devices of a page. The number of an unfiltered one says where it lies, without the header. */
export function selectPage(query: PageQuery): Selection<PagePlan> {
  const { page, pageSize, status } = query;
  const first = (page - 1) * pageSize;
  const isKnown = status === undefined && first < MAX_STORED_DEVICES;
  const known = isKnown ? numbersOf(Array.from({ length: pageSize }, (_, index) => first + index)) : [];
  return { known, planBy: (header) => planPage(toStatuses(header), query) };
}

/** Every device that can have this name. */
export function selectDevice(deviceName: string): Selection<Positions> {
  return { known: [], planBy: ({ nameIndex }) => ({ positions: findPositions(nameIndex, deviceName) }) };
}

/** A read with secrets always needs a chunk, if only to show that the header was not changed. */
function neededChunks({ positions }: Positions, withSecrets: boolean): number[] {
  return numbersOf(positions.length === 0 && withSecrets ? [0] : positions);
}

/**
 * Reads the header of a task and the chunks that are needed, encrypted ones only if secrets are asked for: all in one
 * BatchGetItem for an unfiltered page, in two at the most otherwise. @returns `undefined` if there is no header
 */
export async function readPageItems<P extends Positions>(
  table: TableClient,
  pk: string,
  { known, planBy }: Selection<P>,
  withSecrets: boolean,
  nowS: () => number,
): Promise<PageItems<P> | undefined> {
  const keysOf = (numbers: readonly number[]) =>
    numbers.flatMap((chunk) => (withSecrets ? [chunkKey(chunk), secretsKey(chunk)] : [chunkKey(chunk)]));
  const read = (sortKeys: readonly string[]) => table.getMany(sortKeys.map((sk) => ({ pk, sk })));
  const found = await read([HEADER, ...keysOf(known)]);
  const header = parseHeader(found.find((item) => item['sk']?.S === HEADER), nowS());
  if (header === undefined) return undefined;
  const plan = planBy(header);
  const needed = neededChunks(plan, withSecrets);
  const missing = needed.filter((chunk) => !known.includes(chunk));
  if (missing.length > 0) found.push(...(await read(keysOf(missing))));
  const data = parseChunks(found, header, nowS());
  return { header, plan, chunks: needed.map((chunk) => ({ chunk, devices: data.get(chunkKey(chunk)), secrets: data.get(secretsKey(chunk)) })) };
}
