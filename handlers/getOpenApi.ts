import document from '../docs/openapi.json' with { type: 'json' };
import { getBaseContainer } from '../lib/baseContainer.ts';
import { getOpenApi } from '../lib/functions/getOpenApi.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `GET /openapi.json`: the description of this API. */
export const handle: Handle<typeof getOpenApi> = () => ({ body: document, caching: 'public' });

export const handler = createHandler(getOpenApi, handle, getBaseContainer);
