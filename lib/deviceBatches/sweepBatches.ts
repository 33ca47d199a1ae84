import type { ReportFault } from '../deviceTasks/ports.ts';
import { madeAtMs, type BatchPart, type BatchRef } from './batch.ts';
import type { DelayedMessage, StepMessage, StepQueue } from './ports.ts';
import { ACCEPTED_WITHIN_MS } from './runStep.ts';
import type { BatchStore } from './storePorts.ts';

export interface SweepDeps {
  readonly batches: BatchStore;
  readonly queue: StepQueue;
  readonly reportFault: ReportFault;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** How the open batches are. */
export interface SweepSummary {
  readonly openBatches: number;
  /** Parts that are not done. */
  readonly openParts: number;
  /** Of the oldest batch that is open; 0 if there is none. */
  readonly oldestAgeS: number;
}

/** Sees to it that a message that was lost costs time, not devices. @throws if table or queue are out of reach */
export type SweepBatches = () => Promise<SweepSummary>;

const OVERDUE_MS = 5 * 60_000;

const isOverdue = ({ state }: BatchPart, nowMs: number) => state.state !== 'done' && state.dueAtMs + OVERDUE_MS <= nowMs;

/** Sends a message for everything that should have happened by now. Called every few minutes. */
export function createSweepBatches({ batches, queue, reportFault, now }: SweepDeps): SweepBatches {
  const messageFor = ({ productId, batchId }: BatchRef, step: StepMessage['step'], part?: number): DelayedMessage => ({
    message: { productId, batchId, step, ...(part === undefined ? {} : { part }) },
    delayS: 0,
  });

  /** @returns how many parts are open */
  const sweepOne = async (ref: BatchRef): Promise<number> => {
    const batch = await batches.readBatch(ref);
    const nowMs = now();
    if (batch === undefined) {
      if (nowMs >= madeAtMs(ref) + ACCEPTED_WITHIN_MS) await queue.send([messageFor(ref, 'split')]);
      return 0;
    }
    const open = batch.parts.filter(({ state }) => state.state !== 'done');
    const overdue = open.filter((part) => isOverdue(part, nowMs));
    if (open.length === 0) await queue.send([messageFor(ref, 'complete')]);
    else if (overdue.length > 0) await queue.send(overdue.map(({ number }) => messageFor(ref, 'part', number)));
    return open.length;
  };

  return async () => {
    const { slots, untold } = await batches.readOpen();
    let openParts = 0;
    for (const { ref } of slots)
      try {
        openParts += await sweepOne(ref);
      } catch (error) {
        // One batch that cannot be read must not keep the others waiting.
        reportFault('batch-not-swept', error);
      }
    if (untold.length > 0) await queue.send(untold.map((ref) => messageFor(ref, 'tell')));
    const ages = slots.map(({ ref }) => Math.floor((now() - madeAtMs(ref)) / 1000));
    return { openBatches: slots.length, openParts, oldestAgeS: Math.max(0, ...ages) };
  };
}
