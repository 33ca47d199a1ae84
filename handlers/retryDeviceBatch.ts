import { getBatchContainer, type BatchContainer } from '../lib/batchContainer.ts';
import { retryDeviceBatch } from '../lib/functions/retryDeviceBatch.ts';
import { answerWithBatch } from '../lib/http/batchAnswer.ts';
import { identityOf } from '../lib/http/caller.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `POST /v1/products/{productId}/device-batches/{batchId}/retries`: makes a batch of the failures of another. */
export const handle: Handle<typeof retryDeviceBatch, BatchContainer> = async (exchange, { services }) => {
  const { batch, isReplay } = await services().retryBatch(exchange.path, exchange.endsAtMs, identityOf(exchange.caller));
  return answerWithBatch(exchange, batch, isReplay);
};

export const handler = createHandler(retryDeviceBatch, handle, getBatchContainer);
