import { beforeEach, expect, it, vi } from 'vitest';
import { handler as fallback } from '../../../handlers/fallback.ts';
import { handler as getDocs } from '../../../handlers/getDocs.ts';
import { handler as getHealth } from '../../../handlers/getHealth.ts';
import { handler as getOpenApi } from '../../../handlers/getOpenApi.ts';
import { handler as getRoot } from '../../../handlers/getRoot.ts';
import { invoke, makeEvent, type EventOptions } from '../../support/apiGatewayEvent.ts';

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});

const ownTo = ({ headers: { 'x-request-id': _id, traceparent: _trace, ...headers }, status }: Awaited<ReturnType<typeof invoke>>) => ({ status, headers });

it.each([
  ['/v1/health', getHealth, {}],
  ['/openapi.json', getOpenApi, {}],
  ['/openapi.json', getOpenApi, { headers: { 'accept-encoding': 'gzip' } }],
  ['/openapi.json', getOpenApi, { headers: { 'if-none-match': '*', 'accept-encoding': 'gzip' } }],
  ['/docs', getDocs, { headers: { 'accept-encoding': 'br' } }],
  ['/docs', getDocs, { headers: { 'if-none-match': '*' } }],
  ['/docs', getDocs, { query: 'a=1' }],
] as const)('HEAD %s answers as GET does, without its body', async (path, handler, options: EventOptions) => {
  const [got, head] = [await invoke(handler, makeEvent({ ...options, path })), await invoke(handler, makeEvent({ ...options, path, method: 'HEAD' }))];
  expect(ownTo(head)).toEqual(ownTo(got));
  expect(head.text).toBe('');
});

it.each([
  ['/', ''],
  ['/dev/', '/dev'],
])('GET %s leads to the reference', async (path, basePath) => {
  const reply = await invoke(getRoot, makeEvent({ path, basePath }));
  expect(reply).toMatchObject({ status: 302, text: '', headers: { location: `${basePath}/docs`, 'cache-control': 'no-store' } });
});

it('HEAD / is refused', async () => {
  expect(await invoke(fallback, makeEvent({ path: '/', method: 'HEAD' }))).toMatchObject({ status: 405, headers: { allow: 'GET' } });
});
