import type { Context } from 'aws-lambda';
import type { BaseContainer } from '../baseContainer.ts';
import { createServeWork } from './serveWork.ts';

/** How the open batches are. */
export interface SweepSummary {
  /** Parts that are not done. */
  readonly openParts: number;
  /** Of the oldest open batch; 0 if there is none. */
  readonly oldestAgeS: number;
}

/** Sends a message for everything that is overdue, so that one that was lost costs time alone. @throws if table or queue are out of reach */
export type SweepBatches = () => Promise<SweepSummary>;

export interface SweepContainer extends BaseContainer {
  readonly services: () => { readonly sweepBatches: SweepBatches };
}

// Of an invocation whose context names none.
const REMAINING_MS = 60_000;

/** Sweeps whenever it is called. @throws what the sweep failed with, so that Lambda counts it and calls again */
export function createSweepHandler(name: string, getContainer: () => SweepContainer, now: () => number = Date.now) {
  const serveWork = createServeWork(getContainer, now);
  return async (_event: unknown, context: Partial<Context>): Promise<void> => {
    const remainingMs = context.getRemainingTimeInMillis?.() ?? REMAINING_MS;
    const run = async () => {
      const { openParts, oldestAgeS } = await getContainer().services().sweepBatches();
      return { PartsWaiting: openParts, OldestBatchAge: oldestAgeS };
    };
    const outcome = await serveWork({ name, id: context.awsRequestId, fields: { event: 'batch-sweep' }, remainingMs, run });
    if (!outcome.ok) throw outcome.error;
  };
}
