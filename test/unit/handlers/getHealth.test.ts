import { beforeEach, expect, it, vi } from 'vitest';
import { handle, handler } from '../../../handlers/getHealth.ts';
import { createBaseContainer } from '../../../lib/baseContainer.ts';
import { getHealth } from '../../../lib/functions/getHealth.ts';
import { createHandler } from '../../../lib/http/createHandler.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { invoke, loadEvent, makeEvent } from '../../support/apiGatewayEvent.ts';

const container = createBaseContainer({ STAGE: 'dev-7', LOG_LEVEL: 'ERROR' });
const health = createHandler(getHealth, handle, () => container);

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});

it('tells stage and version to anybody', async () => {
  const reply = await invoke(health, loadEvent('getHealth'));
  expect(reply.status).toBe(200);
  expect(reply.text).toBe(`{"status":"ok","stage":"dev-7","version":"${manifest.version}"}`);
  expect(reply.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
  expect(reply.headers).not.toHaveProperty('etag');
});

it('is never answered with 304', async () => {
  expect((await invoke(health, makeEvent({ headers: { 'if-none-match': '*' } }))).status).toBe(200);
});

it('names an unknown parameter', async () => {
  const reply = await invoke(health, makeEvent({ query: 'verbose=1' }));
  expect(reply).toMatchObject({ status: 400, json: { errors: [{ in: 'query', name: 'verbose' }] } });
});

it('runs in an environment that names neither table nor vendor', async () => {
  const reply = await invoke(handler, makeEvent());
  expect(reply).toMatchObject({ status: 200, json: { status: 'ok', stage: 'dev' } });
});
