import { beforeEach, expect, it, vi } from 'vitest';
import { handler } from '../../../handlers/fallback.ts';
import { invoke, loadEvent, makeEvent } from '../../support/apiGatewayEvent.ts';

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});

it('answers what no route takes, to anybody', async () => {
  const reply = await invoke(handler, loadEvent('unknownPath'));
  expect(reply).toMatchObject({ status: 404, json: { code: 'route-not-found', instance: '/v2/devices' } });
});

it('allows the methods a path has', async () => {
  const reply = await invoke(handler, makeEvent({ method: 'PUT', path: '/v1/health' }));
  expect(reply).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
});

it.each([
  ['below the base path of a custom domain', { path: '/iot/v1/health', domainName: 'api.example.com' }],
  ['below a stage', { path: '/dev/v1/health', stage: 'dev' }],
])('allows them %s too, and takes no other path there', async (_where, options) => {
  const reply = await invoke(handler, makeEvent({ ...options, method: 'PUT' }));
  expect(reply).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  expect(await invoke(handler, makeEvent({ ...options, method: 'GET' }))).toMatchObject({ status: 404 });
});

it("knows no path but the routes' own on the API's own domain", async () => {
  const reply = await invoke(handler, makeEvent({ method: 'PUT', path: '/iot/v1/health' }));
  expect(reply).toMatchObject({ status: 404, json: { code: 'route-not-found' } });
});
