import * as z from 'zod/mini';
import { getBaseContainer, type BaseContainer } from '../lib/baseContainer.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';
import { version } from '../lib/version.ts';

export const query = z.object({});

/** `GET /v1/health`: that the functions run, on which stage, in which version. */
export const spec: HandlerSpec<z.infer<typeof query>, undefined, BaseContainer> = {
  route: 'getHealth',
  query,
  handle: (_exchange, { config }) => ({
    status: 200,
    body: { status: 'ok', stage: config.stage, version },
    caching: 'no-store',
  }),
};

export const handler = createHandler(spec, getBaseContainer);
