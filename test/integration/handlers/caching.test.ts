import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventOptions } from '../../support/apiGatewayEvent.ts';
import { fullClaims, startStack, type Stack } from '../../support/stack.ts';

const task = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
const results = `${task}/devices`;
const dayS = 24 * 3600;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.emulator.addTask({ productId: 'ABCED12345', taskId: 'running', devices: [], status: 1 });
});
afterAll(() => stack.close());
afterEach(() => void vi.useRealTimers());

describe('a stored result', () => {
  it('tells how long it still stands, and is gone after 30 days', async () => {
    const startMs = Date.UTC(2026, 10, 24, 10);
    vi.useFakeTimers({ toFake: ['Date'], now: startMs });
    stack.emulator.addTask({ productId: 'ABCED12345', taskId: 'stored', devices: [{ deviceName: 'a', result: 2001 }] });
    const { send } = stack.open();
    const statusAfter = async (seconds: number) => {
      vi.setSystemTime(startMs + seconds * 1000);
      return (await send('/v1/products/ABCED12345/device-tasks/stored/devices')).headers['cache-status'];
    };
    expect(await statusAfter(0)).toBe('iotcloud-rest; fwd=miss; stored');
    expect(await statusAfter(0)).toBe(`iotcloud-rest; hit; ttl=${30 * dayS}`);
    expect(await statusAfter(100.9)).toBe(`iotcloud-rest; hit; ttl=${30 * dayS - 100}`);
    expect(await statusAfter(30 * dayS - 1)).toBe('iotcloud-rest; hit; ttl=1');
    expect(stack.emulator.countCalls()).toBe(2);
    // The vendor has forgotten the task by then as well.
    expect(await statusAfter(30 * dayS)).toBe('iotcloud-rest; fwd=miss');
    expect(stack.emulator.countCalls()).toBe(3);
  });
});

describe.each([
  ['results', results],
  ['a completed task', task],
])('revalidating %s', (_name, path) => {
  it.each<[string, (etag: string) => string]>([
    ['the tag', (etag) => etag],
    ['the tag, weak', (etag) => `W/${etag}`],
    ['a list with it', (etag) => `"other", ${etag}`],
    ['a list with it, weak', (etag) => `W/"other",W/${etag}`],
    ['*', () => '*'],
  ])('answers 304 to %s', async (_form, toField) => {
    const { send } = stack.open();
    const { headers } = await send(path);
    const etag = headers['etag'] ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    const reply = await send(path, { headers: { 'If-None-Match': toField(etag) } });
    expect(reply).toMatchObject({ status: 304, text: '', headers: { etag, 'cache-control': 'private, no-cache' } });
    expect(reply.headers['cache-status']).toMatch(/^iotcloud-rest; hit; ttl=\d+$/);
    expect(reply.headers['link']).toBe(headers['link']);
    expect(reply.headers).not.toHaveProperty('content-type');
    expect(stack.emulator.countCalls()).toBe(2);
  });

  it.each<[string, (etag: string) => string]>([
    ['another tag', () => '"other"'],
    ['a list of others', () => '"other", W/"more"'],
    ['the tag without quotes', (etag) => etag.slice(1, -1)],
    ['half a tag', (etag) => etag.slice(0, -1)],
    ['* in a list', () => '"other", *'],
    ['nothing', () => ''],
  ])('answers in full to %s', async (_form, toField) => {
    const { send } = stack.open();
    const cold = await send(path);
    const reply = await send(path, { headers: { 'If-None-Match': toField(cold.headers['etag'] ?? '') } });
    expect(reply).toMatchObject({ status: 200, text: cold.text, headers: { etag: cold.headers['etag'] } });
  });

  it('answers 304 even to a cold read, which then costs its two calls', async () => {
    const { send } = stack.open();
    const reply = await send(path, { headers: { 'if-none-match': '*' } });
    expect(reply).toMatchObject({ status: 304, headers: { 'cache-status': 'iotcloud-rest; fwd=miss; stored' } });
    expect(stack.emulator.countCalls()).toBe(2);
  });
});

it('tags every page and filter by its own bytes', async () => {
  const { send } = stack.open();
  const queries = ['', 'pageSize=1', 'pageSize=1&page=2', 'status=failed', 'page=9'];
  const tags: (string | undefined)[] = [];
  for (const query of queries) tags.push((await send(results, { query })).headers['etag']);
  expect(new Set(tags).size).toBe(queries.length);
});

describe('Cache-Control', () => {
  const expectations: [string, string, EventOptions, number, string][] = [
    ['results', results, {}, 200, 'private, no-cache'],
    ['a completed task', task, {}, 200, 'private, no-cache'],
    ['a 304', results, { headers: { 'if-none-match': '*' } }, 304, 'private, no-cache'],
    ['results with credentials', results, { query: 'include=credentials' }, 200, 'no-store'],
    ['results with credentials, none left', results, { query: 'include=credentials&status=failed' }, 200, 'no-store'],
    ['a task under way', '/v1/products/ABCED12345/device-tasks/running', {}, 200, 'no-store'],
    ['results under way', '/v1/products/ABCED12345/device-tasks/running/devices', {}, 409, 'no-store'],
    ['health', '/v1/health', {}, 200, 'no-store'],
    ['a bad request', results, { query: 'page=0' }, 400, 'no-store'],
    ['a stranger', results, { claims: { ...fullClaims, scope: '' } }, 403, 'no-store'],
    ['an unknown task', '/v1/products/ABCED12345/device-tasks/unknown', {}, 404, 'no-store'],
    ['an unknown path', '/v1/nothing', {}, 404, 'no-store'],
    ['another method', task, { method: 'DELETE' }, 405, 'no-store'],
  ];

  it.each(expectations)('of %s', async (_name, path, options, status, cacheControl) => {
    const { send } = stack.open();
    const reply = await send(path, options);
    expect(reply).toMatchObject({ status, headers: { 'cache-control': cacheControl } });
    expect('etag' in reply.headers).toBe(cacheControl !== 'no-store');
  });

  it.each(expectations.filter(([, , , , cacheControl]) => cacheControl === 'no-store'))(
    'lets nobody revalidate %s',
    async (_name, path, options, status) => {
      const { send } = stack.open();
      expect((await send(path, { ...options, headers: { 'if-none-match': '*' } })).status).toBe(status);
    },
  );
});

describe('Link', () => {
  const linksOf = async (query: string, basePath = '') => {
    const path = `${basePath}${results}`;
    const { link = '' } = (await stack.open().send(path, { query, basePath })).headers;
    return Object.fromEntries([...link.matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, target, relation]) => [relation, target]));
  };

  it('leads to the pages around, with the filter and size of the request', async () => {
    expect(await linksOf('pageSize=1&page=1')).toEqual({
      first: `${results}?pageSize=1&page=1`,
      next: `${results}?pageSize=1&page=2`,
      last: `${results}?pageSize=1&page=2`,
    });
    expect(await linksOf('page=2&pageSize=1')).toEqual({
      first: `${results}?page=1&pageSize=1`,
      prev: `${results}?page=1&pageSize=1`,
      last: `${results}?page=2&pageSize=1`,
    });
    expect(await linksOf('include=credentials&status=failed')).toEqual({
      first: `${results}?include=credentials&status=failed&page=1`,
      last: `${results}?include=credentials&status=failed&page=1`,
    });
  });

  it('leads back from a page past the end', async () => {
    expect(await linksOf('page=7')).toMatchObject({ prev: `${results}?page=1` });
  });

  it('keeps a base path', async () => {
    expect(await linksOf('pageSize=1', '/iot')).toMatchObject({ next: `/iot${results}?pageSize=1&page=2` });
  });

  it('is absent if the filter leaves nothing', async () => {
    stack.emulator.addTask({ productId: 'ABCED12345', taskId: 'allfailed', devices: [{ deviceName: 'a', result: 2001 }] });
    const reply = await stack.open().send('/v1/products/ABCED12345/device-tasks/allfailed/devices', { query: 'status=created' });
    expect(reply).toMatchObject({ status: 200, json: { totalItems: 0, totalPages: 0, devices: [] } });
    expect(reply.headers).not.toHaveProperty('link');
  });

  it('can be followed from the first page to the last', async () => {
    const { send } = stack.open();
    const names: string[] = [];
    let next: string | undefined = '/v1/products/BATCH12345/device-tasks/batch100devices1/devices?status=failed&pageSize=2';
    while (next !== undefined) {
      const [path = '', query = ''] = next.split('?');
      const reply = await send(path, { query });
      const devices = reply.json?.['devices'] as { deviceName: string }[]; // the page's schema
      names.push(...devices.map((device) => device.deviceName));
      next = /<([^>]+)>; rel="next"/.exec(reply.headers['link'] ?? '')?.[1];
    }
    expect(names).toEqual(['007', '019', '033', '048', '062', '077', '091'].map((number) => `sensor-${number}`));
  });
});
