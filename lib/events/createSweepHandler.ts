import type { Context } from 'aws-lambda';
import type { BaseContainer } from '../baseContainer.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import { createServeWork } from './serveWork.ts';

/** Sends a message for every part that is overdue, so that one that was lost costs time alone. @throws if table or queue are out of reach */
export type Sweep = (context: RequestContext) => Promise<void>;

export interface SweepContainer extends BaseContainer {
  readonly services: () => { readonly sweep: Sweep };
}

// Of an invocation whose context names none.
const REMAINING_MS = 60_000;

/** Sweeps whenever it is called. @throws what the sweep failed with, so that Lambda counts it and calls again */
export function createSweepHandler(name: string, getContainer: () => SweepContainer, now: () => number = Date.now) {
  const serveWork = createServeWork(getContainer, now);
  return async (_event: unknown, context: Partial<Context>): Promise<void> => {
    const remainingMs = context.getRemainingTimeInMillis?.() ?? REMAINING_MS;
    const run = async (work: RequestContext) => getContainer().services().sweep(work);
    const failure = await serveWork({ name, id: context.awsRequestId, fields: { event: 'batch-sweep' }, remainingMs, run });
    if (failure !== undefined) throw failure.error;
  };
}
