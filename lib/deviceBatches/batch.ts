import { countStatuses, PART_SIZE, type PartState } from './part.ts';
import type { DeviceBatchListResource, DeviceBatchPageResource, DeviceBatchResource } from './resources.ts';
import { presentBatchDevice, type BatchDevice } from '../deviceTasks/device.ts';
import type { PageQuery, ResultsPage } from '../deviceTasks/paging.ts';
import { toTimestamp } from '../deviceTasks/resources.ts';

/** Names a batch. */
export interface BatchRef {
  readonly productId: string;
  /** A UUID of version 7. */
  readonly batchId: string;
}

/** Who asked for a batch, as the audit line names him. */
export interface BatchCaller {
  readonly iss?: string;
  readonly sub?: string;
  readonly client?: string;
}

/** What is fixed of a batch when it is accepted. Times in Unix seconds. */
export interface BatchHeader {
  readonly totalDevices: number;
  readonly createdAtS: number;
  /** The batch, its results, and the keys with them, are gone from then on. */
  readonly expiresAtS: number;
  /** Over its names, in order. */
  readonly namesHash: string;
  /** The batch whose failures it repeats. */
  readonly retryOf?: string;
  readonly caller?: BatchCaller;
}

/** Up to `PART_SIZE` names of a batch, in order, and how far they are. */
export interface BatchPart {
  /** From 0. */
  readonly number: number;
  readonly deviceNames: readonly string[];
  readonly createdAtS: number;
  readonly expiresAtS: number;
  readonly state: PartState;
  /** Of the state, one of a kind: a write names the one it was read with. */
  readonly revision: string;
}

/** A batch as it stands: all of it, read consistently. */
export interface Batch {
  readonly ref: BatchRef;
  readonly header: BatchHeader;
  readonly parts: readonly BatchPart[];
}

// "A task lives one month": the batch ends with the first of its tasks.
export const BATCH_LIFE_S = 30 * 24 * 60 * 60;

/** How many batches of a product may be open at once. */
export const MAX_OPEN_BATCHES = 10;

/** When a batch was made, in Unix milliseconds: its id begins with that. */
export function madeAtMs({ batchId }: BatchRef): number {
  return Number.parseInt(batchId.replace('-', '').slice(0, 12), 16);
}

/** Names as parts hold them. */
export function splitNames(deviceNames: readonly string[]): (readonly string[])[] {
  const count = Math.ceil(deviceNames.length / PART_SIZE);
  return Array.from({ length: count }, (_, part) => deviceNames.slice(part * PART_SIZE, (part + 1) * PART_SIZE));
}

export const countParts = ({ totalDevices }: BatchHeader) => Math.ceil(totalDevices / PART_SIZE);

/** How many devices a part has. One that is done tells it without its names. */
export const sizeOf = (part: BatchPart) => (part.state.state === 'done' ? part.state.statuses.length : part.deviceNames.length);

export interface BatchCounts {
  readonly totalDevices: number;
  readonly createdDevices: number;
  readonly failedDevices: number;
  readonly unknownDevices: number;
  readonly pendingDevices: number;
}

/** Counts a batch's devices from its parts; they are never counted up. */
export function countBatch(parts: readonly BatchPart[]): BatchCounts {
  const counts = { totalDevices: 0, createdDevices: 0, failedDevices: 0, unknownDevices: 0, pendingDevices: 0 };
  for (const part of parts) {
    const { state } = part;
    counts.totalDevices += sizeOf(part);
    if (state.state !== 'done') counts.pendingDevices += sizeOf(part);
    else {
      const { created, failed, unknown } = countStatuses(state.statuses);
      counts.createdDevices += created;
      counts.failedDevices += failed;
      counts.unknownDevices += unknown;
    }
  }
  return counts;
}

/** When the last part ended, in Unix milliseconds; `undefined` while one is open. It never changes, as no part that is done does. */
export function completedAtMs({ parts }: Batch): number | undefined {
  const ends = parts.map(({ state }) => (state.state === 'done' ? state.doneAtMs : Infinity));
  const lastMs = Math.max(...ends);
  return lastMs === Infinity ? undefined : lastMs;
}

function statusOf(batch: Batch): DeviceBatchResource['status'] {
  if (completedAtMs(batch) !== undefined) return 'completed';
  return batch.parts.every(({ state }) => state.state === 'queued' && state.firstSentAtMs === undefined) ? 'pending' : 'running';
}

/** A batch as the contract shows it. */
export function presentBatch(batch: Batch): DeviceBatchResource {
  const { ref, header, parts } = batch;
  const endMs = completedAtMs(batch);
  return {
    ...ref,
    status: statusOf(batch),
    ...countBatch(parts),
    ...(header.retryOf === undefined ? {} : { retryOf: header.retryOf }),
    createdAt: toTimestamp(header.createdAtS),
    ...(endMs === undefined ? {} : { completedAt: toTimestamp(Math.floor(endMs / 1000)) }),
    expiresAt: toTimestamp(header.expiresAtS),
  };
}

/** Batches of one product. */
export const presentBatchList = (batches: readonly Batch[]): DeviceBatchListResource => ({ batches: batches.map(presentBatch) });

export function presentBatchPage(
  { productId, batchId }: BatchRef,
  { page, pageSize }: PageQuery<string>,
  { totalItems, totalPages, devices }: ResultsPage<BatchDevice>,
): DeviceBatchPageResource {
  return { productId, batchId, page, pageSize, totalItems, totalPages, devices: devices.map(presentBatchDevice) };
}
