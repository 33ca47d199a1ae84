import type { IdempotencyUse } from '../deviceTasks/createTask.ts';
import type { AcceptBatch, AcceptedBatch } from './acceptBatch.ts';
import type { BatchCaller } from './batch.ts';

/** @throws AppError */
export type CreateBatch = (
  productId: string,
  deviceNames: readonly string[],
  use: IdempotencyUse | undefined,
  endsAtMs: number,
  caller: BatchCaller,
) => Promise<AcceptedBatch>;

/** Accepts a batch for a caller, once a key of his. */
export function createCreateBatch(acceptBatch: AcceptBatch): CreateBatch {
  return (productId, deviceNames, use, endsAtMs, caller) => {
    const key = use === undefined ? {} : { key: { productId, callerHash: use.callerHash, key: use.key } };
    return acceptBatch({ productId, deviceNames, endsAtMs, caller, ...key });
  };
}
