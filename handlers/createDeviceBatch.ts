import { getBatchContainer, type BatchContainer } from '../lib/batchContainer.ts';
import { createDeviceBatch } from '../lib/functions/createDeviceBatch.ts';
import { answerWithBatch } from '../lib/http/batchAnswer.ts';
import { identityOf } from '../lib/http/caller.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { readIdempotencyUse } from '../lib/http/idempotencyKey.ts';

/** `POST /v1/products/{productId}/device-batches`: accepts up to 10,000 devices. */
export const handle: Handle<typeof createDeviceBatch, BatchContainer> = async (exchange, { services }) => {
  const { path, body, endsAtMs } = exchange;
  const use = readIdempotencyUse(exchange);
  const { batch, isReplay } = await services().createBatch(path.productId, body.deviceNames, use, endsAtMs, identityOf(exchange.caller));
  return answerWithBatch(exchange, batch, isReplay);
};

export const handler = createHandler(createDeviceBatch, handle, getBatchContainer);
