import type { RequestContext } from '../deviceTasks/requestContext.ts';
import type { ReportFault } from '../deviceTasks/ports.ts';
import { completedAtMs, countParts, madeAtMs, presentBatch, type BatchRef } from './batch.ts';
import { findSlot } from './findSlot.ts';
import { giveUpBatch } from './giveUpBatch.ts';
import type { BatchEvents, StepMessage, StepQueue } from './ports.ts';
import type { RunPart } from './runPart.ts';
import type { BatchStore } from './storePorts.ts';

export interface RunStepDeps {
  readonly runPart: RunPart;
  readonly batches: BatchStore;
  readonly queue: StepQueue;
  /** Left out if nobody wants to be told. */
  readonly events?: BatchEvents | undefined;
  readonly reportFault: ReportFault;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Looks where a message says that somebody should. @throws if table or queue are out of reach, so that the message comes again */
export type RunStep = (message: StepMessage, context: RequestContext) => Promise<void>;

/** Whoever accepts a batch is done, or dead, this long after it made the batch's id. */
export const ACCEPTED_WITHIN_MS = 60_000;
const LOOK_FOR_HEADER_S = 5;

/** The steps of batches and of their parts. Each may be called at any time, and any number of times. */
export function createRunStep({ runPart, batches, queue, events, reportFault, now }: RunStepDeps): RunStep {
  const send = ({ productId, batchId }: BatchRef, step: StepMessage['step'], delayS = 0) =>
    queue.send([{ message: { productId, batchId, step }, delayS }]);

  /** A batch that is accepted sends its parts on their way; one that will never be is cleared away. */
  const split = async (ref: BatchRef) => {
    const found = await batches.readHeader(ref);
    if (found.kind === 'accepted') {
      const numbers = Array.from({ length: countParts(found.header) }, (_, part) => part);
      await queue.send(numbers.map((part) => ({ message: { ...ref, step: 'part', part }, delayS: 0 })));
    } else if (found.kind === 'absent' && now() < madeAtMs(ref) + ACCEPTED_WITHIN_MS) await send(ref, 'split', LOOK_FOR_HEADER_S);
    else if (!(await giveUpBatch(batches, ref))) await send(ref, 'split');
  };

  /** A batch without an open part makes room for another; that it has to be told is noted first. */
  const complete = async (ref: BatchRef) => {
    const batch = await batches.readBatch(ref);
    if (batch === undefined || completedAtMs(batch) === undefined) return;
    const slot = await findSlot(batches, ref);
    if (slot === undefined) return; // it was done before
    if (events !== undefined) await batches.noteUntold(ref, batch.header.expiresAtS);
    await batches.freeSlot(slot);
    if (events !== undefined) await send(ref, 'tell');
  };

  const tell = async (ref: BatchRef) => {
    if (events === undefined || !(await batches.isUntold(ref))) return;
    const batch = await batches.readBatch(ref);
    try {
      if (batch !== undefined) await events.publishCompleted(presentBatch(batch));
    } catch (error) {
      // The next sweep tries again.
      reportFault('batch-not-told', error);
      return;
    }
    await batches.forgetUntold(ref);
  };

  return async ({ productId, batchId, step, part }, context) => {
    const ref = { productId, batchId };
    switch (step) {
      case 'split':
        return split(ref);
      case 'part':
        return part === undefined ? undefined : runPart(ref, part, context);
      case 'complete':
        return complete(ref);
      case 'tell':
        return tell(ref);
    }
  };
}
