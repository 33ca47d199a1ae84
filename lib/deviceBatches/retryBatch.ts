import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { AcceptBatch, AcceptedBatch, BatchOrder } from './acceptBatch.ts';
import { completedAtMs, type Batch, type BatchCaller, type BatchRef } from './batch.ts';
import type { FollowBatch } from './followBatch.ts';
import { FAILED_FOR_NOW } from './part.ts';

export interface RetryBatchDeps {
  readonly followBatch: FollowBatch;
  readonly acceptBatch: AcceptBatch;
  readonly clock: Clock;
}

/** @throws AppError `batch-not-found`, `batch-not-completed`, `nothing-to-retry`, and whatever a creation throws */
export type RetryBatch = (ref: BatchRef, endsAtMs: number, caller: BatchCaller) => Promise<AcceptedBatch>;

/** The names that failed in a way that a retry can change, in the order of the request. */
function namesToRetry({ parts }: Batch): string[] {
  return parts.flatMap(({ deviceNames, state }) =>
    state.state === 'done' ? deviceNames.filter((_, position) => state.statuses[position] === FAILED_FOR_NOW) : [],
  );
}

// Accepting takes some tens of milliseconds, of 10,000 names less than a second.
const LOOK_AGAIN_MS = 100;
const ANSWER_MS = 1000;

/** Makes a new batch of the failures of one that is completed. It is the only one: asking again brings it again. */
export function createRetryBatch({ followBatch, acceptBatch, clock }: RetryBatchDeps): RetryBatch {
  /** Whoever asks while the retry is being accepted waits for it: no key of his own tells him to ask again. */
  const acceptOrWait = async (order: BatchOrder): Promise<AcceptedBatch> => {
    for (;;) {
      try {
        return await acceptBatch(order);
      } catch (error) {
        const isUnderWay = error instanceof AppError && error.code === 'idempotency-key-in-progress';
        if (!isUnderWay) throw error;
        if (clock.now() + LOOK_AGAIN_MS + ANSWER_MS > order.endsAtMs) throw new AppError('queue-unavailable', undefined, { cause: error });
        await clock.sleep(LOOK_AGAIN_MS);
      }
    }
  };

  return async (ref, endsAtMs, caller) => {
    const batch = await followBatch(ref);
    if (completedAtMs(batch) === undefined) throw new AppError('batch-not-completed');
    const deviceNames = namesToRetry(batch);
    if (deviceNames.length === 0) throw new AppError('nothing-to-retry');
    const { productId, batchId } = ref;
    return acceptOrWait({ productId, deviceNames, retryOf: batchId, key: { productId, key: batchId }, endsAtMs, caller });
  };
}
