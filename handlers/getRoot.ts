import * as z from 'zod/mini';
import { getBaseContainer, type BaseContainer } from '../lib/baseContainer.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';
import { formatPath, routes } from '../lib/http/routes.ts';

export const query = z.object({});

/** `GET /`: leads to the reference. */
export const spec: HandlerSpec<z.infer<typeof query>, undefined, BaseContainer> = {
  route: 'getRoot',
  query,
  handle: ({ basePath }) => ({ status: 302, caching: 'no-store', headers: { location: formatPath(basePath, routes.getDocs) } }),
};

export const handler = createHandler(spec, getBaseContainer);
