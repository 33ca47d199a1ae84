import type { Context } from 'aws-lambda';
import type { BaseContainer } from '../baseContainer.ts';
import { systemClock } from '../clock.ts';
import type { SweepBatches } from '../deviceBatches/sweepBatches.ts';
import { createServeWork } from './serveWork.ts';

export interface SweepContainer extends BaseContainer {
  readonly services: () => { readonly sweepBatches: SweepBatches };
}

// Of an invocation whose context names none.
const REMAINING_MS = 60_000;

/** Sweeps whenever it is called. @throws what the sweep failed with, so that Lambda counts it and calls again */
export function createSweepHandler(name: string, getContainer: () => SweepContainer, now: () => number = systemClock.now) {
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
