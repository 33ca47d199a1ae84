import { getContainer, type Container } from '../lib/container.ts';
import { presentPage } from '../lib/deviceTasks/resources.ts';
import { getDeviceResults } from '../lib/functions/getDeviceResults.ts';
import { auditCredentials, wantsCredentials } from '../lib/http/auditCredentials.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { formatPageLinks } from '../lib/http/pageLinks.ts';
import { formatPath } from '../lib/http/paths.ts';

/** `GET /v1/products/{productId}/device-tasks/{taskId}/devices`: one page of a completed task's results. */
export const handle: Handle<typeof getDeviceResults, Container> = async (exchange, { services, logger }) => {
  const withSecrets = wantsCredentials(exchange);
  const { include: _include, ...pageQuery } = exchange.query;
  const ref = exchange.path;
  const page = await services().readResults(ref, pageQuery, withSecrets, exchange.context);
  if (withSecrets) auditCredentials(logger, exchange, ref, page.devices);
  const path = formatPath(exchange.basePath, getDeviceResults.template, ref);
  const link = formatPageLinks(path, exchange.request.rawQuery, { page: pageQuery.page, totalPages: page.totalPages });
  return {
    body: presentPage(ref, pageQuery, page),
    caching: withSecrets ? 'no-store' : 'validate',
    ...(link === undefined ? {} : { headers: { link } }),
  };
};

export const handler = createHandler(getDeviceResults, handle, getContainer);
