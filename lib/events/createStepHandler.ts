import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { BaseContainer } from '../baseContainer.ts';
import { systemClock } from '../clock.ts';
import type { RunStep } from '../deviceBatches/runStep.ts';
import { parseStepMessage } from '../deviceBatches/stepMessage.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import { createServeWork } from './serveWork.ts';

export interface StepContainer extends BaseContainer {
  readonly services: () => { readonly runStep: RunStep };
}

// Of an invocation whose context names none.
const REMAINING_MS = 30_000;

/**
 * Takes the messages of the queue. Those of an event run side by side; each that fails, or is none of ours, goes back
 * alone, and at last to the dead-letter queue. @param name of the function
 */
export function createStepHandler(name: string, getContainer: () => StepContainer, now: () => number = systemClock.now) {
  const serveWork = createServeWork(getContainer, now);
  return async ({ Records: records }: Pick<SQSEvent, 'Records'>, context: Partial<Context>): Promise<SQSBatchResponse> => {
    const remainingMs = context.getRemainingTimeInMillis?.() ?? REMAINING_MS;
    const failed = await Promise.all(
      records.map(async ({ messageId, body }) => {
        const message = parseStepMessage(body);
        const run = async (work: RequestContext) => {
          if (message === undefined) throw new TypeError('not a message of ours');
          await getContainer().services().runStep(message, work);
          return {};
        };
        const { ok } = await serveWork({ name, id: messageId, fields: { event: 'batch-step', ...message }, remainingMs, run });
        return ok ? [] : [{ itemIdentifier: messageId }];
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
}
