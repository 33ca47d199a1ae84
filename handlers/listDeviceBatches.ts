import { getBatchContainer, type BatchContainer } from '../lib/batchContainer.ts';
import { presentBatchList } from '../lib/deviceBatches/batch.ts';
import { listDeviceBatches } from '../lib/functions/listDeviceBatches.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { formatNextLink } from '../lib/http/pageLinks.ts';
import { formatPath } from '../lib/http/paths.ts';

/** `GET /v1/products/{productId}/device-batches`: one page of what was accepted, newest first. */
export const handle: Handle<typeof listDeviceBatches, BatchContainer> = async ({ basePath, path, query, request }, { services }) => {
  const { batches, next } = await services().listBatches(path.productId, query);
  const link = formatNextLink(formatPath(basePath, listDeviceBatches.template, path), request.rawQuery, next);
  return { body: presentBatchList(batches), caching: 'no-store', ...(link === undefined ? {} : { headers: { link } }) };
};

export const handler = createHandler(listDeviceBatches, handle, getBatchContainer);
