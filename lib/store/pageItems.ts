import type { DeviceStatus } from '../deviceTasks/device.ts';
import type { PlacedName } from '../deviceTasks/ports.ts';
import { planPage, type PagePlan, type PageQuery } from '../deviceTasks/paging.ts';
import { chunkOf, MAX_STORED_DEVICES } from './chunks.ts';
import { chunkKey, HEADER, secretsKey } from './keys.ts';
import { canBeAt, findPositions } from './nameIndex.ts';
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

/** Devices of these names, each where it should be or, if it is not, wherever it can be. */
export function selectNames(names: readonly PlacedName[]): Selection<Positions> {
  const find = (index: Uint8Array, { deviceName, position }: PlacedName) =>
    canBeAt(index, position, deviceName) ? [position] : findPositions(index, deviceName);
  return {
    known: numbersOf(names.map(({ position }) => position)),
    planBy: ({ nameIndex }) => ({ positions: names.flatMap((name) => find(nameIndex, name)) }),
  };
}

/** A read with secrets always needs a chunk, if only to show that the header was not changed. */
function neededChunks({ positions }: Positions, withSecrets: boolean): number[] {
  return numbersOf(positions.length === 0 && withSecrets ? [0] : positions);
}

/** What is asked for of one task. */
export interface TaskSelection<P extends Positions> {
  /** Its partition. */
  readonly pk: string;
  readonly selection: Selection<P>;
}

interface ReadOptions {
  /** Whether encrypted chunks are read as well. */
  readonly withSecrets: boolean;
  readonly nowS: () => number;
}

/**
 * Reads the headers of tasks and the chunks that are needed of each: all in one BatchGetItem if it is known where the
 * devices lie, as it is of an unfiltered page, in two at the most otherwise. @returns one for each task, `undefined` if it has no header
 */
export async function readTaskItems<P extends Positions>(
  table: TableClient,
  tasks: readonly TaskSelection<P>[],
  { withSecrets, nowS }: ReadOptions,
): Promise<(PageItems<P> | undefined)[]> {
  const keysOf = (pk: string, numbers: readonly number[]) =>
    numbers.flatMap((chunk) => (withSecrets ? [chunkKey(chunk), secretsKey(chunk)] : [chunkKey(chunk)]).map((sk) => ({ pk, sk })));
  const found = await table.getMany(tasks.flatMap(({ pk, selection: { known } }) => [{ pk, sk: HEADER }, ...keysOf(pk, known)]));
  const headers = new Map(found.filter((item) => item['sk']?.S === HEADER).map((item) => [item['pk']?.S, parseHeader(item, nowS())]));
  const plans = tasks.map(({ pk, selection: { known, planBy } }) => {
    const header = headers.get(pk);
    if (header === undefined) return undefined;
    const plan = planBy(header);
    return { pk, header, plan, known, needed: neededChunks(plan, withSecrets) };
  });
  const missing = plans.flatMap((task) => (task === undefined ? [] : keysOf(task.pk, task.needed.filter((chunk) => !task.known.includes(chunk)))));
  if (missing.length > 0) found.push(...(await table.getMany(missing)));
  const items = Map.groupBy(found, (item) => item['pk']?.S);
  return plans.map((task) => {
    if (task === undefined) return undefined;
    const { pk, header, plan, needed } = task;
    const data = parseChunks(items.get(pk) ?? [], header, nowS());
    return { header, plan, chunks: needed.map((chunk) => ({ chunk, devices: data.get(chunkKey(chunk)), secrets: data.get(secretsKey(chunk)) })) };
  });
}
