import { getBatchContainer, type BatchContainer } from '../lib/batchContainer.ts';
import { presentBatchPage } from '../lib/deviceBatches/batch.ts';
import { getDeviceBatchResults } from '../lib/functions/getDeviceBatchResults.ts';
import { auditCredentials, wantsCredentials } from '../lib/http/auditCredentials.ts';
import { writePage } from '../lib/http/batchPage.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { formatPageLinks } from '../lib/http/pageLinks.ts';
import { formatPath } from '../lib/http/paths.ts';

/** `GET /v1/products/{productId}/device-batches/{batchId}/devices`: one page of a batch's results, as JSON or CSV. */
export const handle: Handle<typeof getDeviceBatchResults, BatchContainer> = async (exchange, { services, logger }) => {
  const withSecrets = wantsCredentials(exchange);
  const { include: _include, ...pageQuery } = exchange.query;
  const { path: ref, basePath, request } = exchange;
  const { value: page, isFinal } = await services().readBatchPage(ref, pageQuery, withSecrets, exchange.context);
  const written = writePage(presentBatchPage(ref, pageQuery, page), withSecrets, request.headers.get('accept'));
  if (withSecrets) auditCredentials(logger, exchange, ref, page.devices);
  const path = formatPath(basePath, getDeviceBatchResults.template, ref);
  const link = formatPageLinks(path, request.rawQuery, { page: pageQuery.page, totalPages: page.totalPages });
  return {
    ...written,
    caching: isFinal && !withSecrets ? 'validate' : 'no-store',
    headers: { vary: 'accept', ...(link === undefined ? {} : { link }) },
  };
};

export const handler = createHandler(getDeviceBatchResults, handle, getBatchContainer);
