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
  expect(reply).toMatchObject({ status: 405, headers: { allow: 'GET' } });
});
