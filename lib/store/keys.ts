import type { BatchRef } from '../deviceBatches/batch.ts';
import type { TaskRef } from '../deviceTasks/device.ts';

/** Names an item of the table. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

// Keys begin with the vendor's account (`IOTCLOUD_ACCOUNT`): other credentials can never read another account's
// results. None of the parts can hold a `#`.

/** Partition of a task's results and of the lease on fetching them. */
export function taskKey(account: string, { productId, taskId }: TaskRef): string {
  return `${account}#task#${productId}#${taskId}`;
}

/**
 * What is noted of a task when it is created has a partition of its own, so that the role that creates tasks can be
 * kept from writing results (`dynamodb:LeadingKeys` sees partition keys alone).
 */
export function creationKey(account: string, { productId, taskId }: TaskRef): ItemKey {
  return { pk: `${account}#creation#${productId}#${taskId}`, sk: 'creation' };
}

/** What a list holds: the last segment of its path. */
export type ListKind = 'device-tasks' | 'device-batches';

/** Names the list of everything of a kind that was created in a product. */
export interface ListRef {
  readonly account: string;
  readonly kind: ListKind;
  readonly productId: string;
}

/** Partition of a list; its items sort by time. */
export function listKey({ account, kind, productId }: ListRef): string {
  return `${account}#${kind}#${productId}`;
}

export const HEADER = 'header';
export const LEASE = 'lease';

const number3 = (chunk: number) => String(chunk).padStart(3, '0');

export const chunkKey = (chunk: number) => `chunk#${number3(chunk)}`;
export const secretsKey = (chunk: number) => `secrets#${number3(chunk)}`;

/** Partition of a batch: its header and its parts. */
export function batchKey(account: string, { productId, batchId }: BatchRef): string {
  return `${account}#batch#${productId}#${batchId}`;
}

export const PART_PREFIX = 'part#';
export const partKey = (part: number) => `${PART_PREFIX}${number3(part)}`;

/** Partition of what was found of the devices of a part while its creation is resolved. */
export const recoveredKey = (account: string, { productId, batchId }: BatchRef, part: number) =>
  `${account}#recovered#${productId}#${batchId}#${number3(part)}`;
/** @param position of the device in its part */
export const findingKey = (position: number) => `device#${number3(position)}`;

/** Partition of what has to be looked after: the slots of open batches, and batches that are completed but not told. */
export const openBatchesKey = (account: string) => `${account}#openBatches#all`;
export const slotPrefix = (productId: string) => `slot#${productId}#`;
export const UNTOLD_PREFIX = 'untold#';
export const untoldKey = ({ productId, batchId }: BatchRef) => `${UNTOLD_PREFIX}${productId}#${batchId}`;

/** What a key was used for. @param keyHash of the key itself, which may hold anything */
export function batchKeyKey(account: string, productId: string, whose: string, keyHash: string): ItemKey {
  return { pk: `${account}#batchKey#${productId}#${whose}#${keyHash}`, sk: 'record' };
}
