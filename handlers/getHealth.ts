import { getBaseContainer } from '../lib/baseContainer.ts';
import { getHealth } from '../lib/functions/getHealth.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { version } from '../lib/version.ts';

/** `GET /v1/health`: that the functions run, on which stage, in which version. */
export const handle: Handle<typeof getHealth> = (_exchange, { config }) => ({
  body: { status: 'ok', stage: config.stage, version },
  caching: 'no-store',
});

export const handler = createHandler(getHealth, handle, getBaseContainer);
