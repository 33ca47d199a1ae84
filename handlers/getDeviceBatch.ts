import { getBatchContainer, type BatchContainer } from '../lib/batchContainer.ts';
import { presentBatch } from '../lib/deviceBatches/batch.ts';
import { getDeviceBatch } from '../lib/functions/getDeviceBatch.ts';
import { pollHeaders } from '../lib/http/batchAnswer.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `GET /v1/products/{productId}/device-batches/{batchId}`: how far a batch is. */
export const handle: Handle<typeof getDeviceBatch, BatchContainer> = async ({ path: ref }, { services }) => {
  const body = presentBatch(await services().followBatch(ref));
  return { body, caching: body.status === 'completed' ? 'validate' : 'no-store', headers: pollHeaders(body) };
};

export const handler = createHandler(getDeviceBatch, handle, getBatchContainer);
