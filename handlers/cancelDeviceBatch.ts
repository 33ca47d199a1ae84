import { getBatchContainer, type BatchContainer } from '../lib/batchContainer.ts';
import { cancelDeviceBatch } from '../lib/functions/cancelDeviceBatch.ts';
import { answerWithBatch } from '../lib/http/batchAnswer.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `POST /v1/products/{productId}/device-batches/{batchId}/cancellation`: ends what was not sent. */
export const handle: Handle<typeof cancelDeviceBatch, BatchContainer> = async (exchange, { services }) =>
  answerWithBatch(exchange, await services().cancelBatch(exchange.path));

export const handler = createHandler(cancelDeviceBatch, handle, getBatchContainer);
