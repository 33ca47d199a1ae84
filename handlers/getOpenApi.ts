import * as z from 'zod/mini';
import document from '../docs/openapi.json' with { type: 'json' };
import { getBaseContainer, type BaseContainer } from '../lib/baseContainer.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';

export const query = z.object({});

/** `GET /openapi.json`: the description of this API. */
export const spec: HandlerSpec<z.infer<typeof query>, undefined, BaseContainer> = {
  route: 'getOpenApi',
  query,
  handle: () => ({ status: 200, body: document, caching: 'public' }),
};

export const handler = createHandler(spec, getBaseContainer);
