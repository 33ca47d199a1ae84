import type { ReportFault } from '../deviceTasks/ports.ts';
import { applyEvent, type ApplyEventDeps } from './applyEvent.ts';
import type { Batch, BatchRef } from './batch.ts';
import { fromStore, type FollowBatch } from './followBatch.ts';
import type { PartState } from './part.ts';
import type { StepQueue } from './ports.ts';

export interface CancelBatchDeps extends ApplyEventDeps {
  readonly followBatch: FollowBatch;
  readonly queue: StepQueue;
  readonly reportFault: ReportFault;
}

/** Ends what was not sent. @returns the batch as it stands then @throws AppError `batch-not-found`, `store-unavailable` */
export type CancelBatch = (ref: BatchRef) => Promise<Batch>;

const MAY_BE_UNSENT: ReadonlySet<PartState['state']> = new Set(['queued', 'sending', 'resolving']);

/** Cancels part by part, so that a part is either sent or cancelled, never both. */
export function createCancelBatch({ followBatch, queue, reportFault, ...deps }: CancelBatchDeps): CancelBatch {
  const sayWhatEnded = async ({ productId, batchId }: BatchRef) => {
    try {
      await queue.send([{ message: { productId, batchId, step: 'complete' }, delayS: 0 }]);
    } catch (error) {
      // The parts are cancelled all the same; a sweep completes the batch.
      reportFault('batch-not-queued', error);
    }
  };

  return async (ref) => {
    const { parts } = await followBatch(ref);
    const unsent = parts.filter(({ state }) => MAY_BE_UNSENT.has(state.state));
    if (unsent.length === 0) return followBatch(ref);
    await fromStore(Promise.all(unsent.map((part) => applyEvent(deps, ref, part.number, { kind: 'cancelled' }, part))), reportFault);
    await sayWhatEnded(ref);
    return followBatch(ref);
  };
}
