import * as z from 'zod/mini';
import { getContainer, type Container } from '../lib/container.ts';
import { presentPage } from '../lib/deviceTasks/resources.ts';
import { auditCredentials } from '../lib/http/auditCredentials.ts';
import { requireScopes } from '../lib/http/caller.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';
import { taskRefOf } from '../lib/http/exchange.ts';
import { formatPageLinks } from '../lib/http/pageLinks.ts';
import { wholeNumber } from '../lib/http/parseInput.ts';
import { formatPath, routes } from '../lib/http/routes.ts';

// A page past the end is empty, not an error; only what no list could ever reach is refused.
const MAX_PAGE = 2_147_483_647;

export const query = z.object({
  page: z._default(wholeNumber(1, MAX_PAGE), 1),
  pageSize: z._default(wholeNumber(1, 100), 20),
  status: z.exactOptional(z.enum(['created', 'failed'], { error: 'must be created or failed' })),
  include: z.exactOptional(z.literal('credentials', { error: 'must be credentials' })),
});

/** `GET /v1/products/{productId}/device-tasks/{taskId}/devices`: one page of a completed task's results. */
export const spec: HandlerSpec<z.infer<typeof query>, undefined, Container> = {
  route: 'getDeviceResults',
  query,
  handle: async (exchange, { services, logger }) => {
    const { include, ...pageQuery } = exchange.query;
    const withSecrets = include === 'credentials';
    if (withSecrets && exchange.caller) requireScopes(exchange.caller, ['devices:credentials']);
    const ref = taskRefOf(exchange);
    const page = await services().readResults(ref, pageQuery, withSecrets, exchange.scope);
    if (withSecrets) auditCredentials(logger, exchange, page.devices);
    const path = formatPath(exchange.basePath, routes.getDeviceResults, exchange.parameters);
    const link = formatPageLinks(path, exchange.request.rawQuery, { page: pageQuery.page, totalPages: page.totalPages });
    return {
      status: 200,
      body: presentPage(ref, pageQuery, page),
      caching: withSecrets ? 'no-store' : 'validate',
      ...(link === undefined ? {} : { headers: { link } }),
    };
  },
};

export const handler = createHandler(spec, getContainer);
