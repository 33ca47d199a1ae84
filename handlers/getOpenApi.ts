import document from '../docs/openapi.json' with { type: 'json' };
import { getBaseContainer, once } from '../lib/baseContainer.ts';
import { getOpenApi } from '../lib/functions/getOpenApi.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { representText } from '../lib/http/representations.ts';

const representations = once(() => representText(JSON.stringify(document), 'application/json'));

/** `GET /openapi.json`: the description of this API. */
export const handle: Handle<typeof getOpenApi> = () => ({ prepared: representations(), caching: 'public' });

export const handler = createHandler(getOpenApi, handle, getBaseContainer);
