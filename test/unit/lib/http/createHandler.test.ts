import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import type { BaseContainer } from '../../../../lib/baseContainer.ts';
import { ConfigError } from '../../../../lib/environment.ts';
import { AppError } from '../../../../lib/errors.ts';
import { defineFunction } from '../../../../lib/functions/apiFunction.ts';
import { getDeviceResults } from '../../../../lib/functions/getDeviceResults.ts';
import { createFallbackHandler } from '../../../../lib/http/createFallbackHandler.ts';
import { createHandler, type Handle } from '../../../../lib/http/createHandler.ts';
import { wholeNumber } from '../../../../lib/http/parseInput.ts';
import { createLogger } from '../../../../lib/logger.ts';
import { invoke, makeEvent, PATH_FORMS, type EventOptions } from '../../../support/apiGatewayEvent.ts';

const query = z.object({ page: z._default(wholeNumber(1, 9), 1) });
const fn = defineFunction({ ...getDeviceResults, query, text: { ...getDeviceResults.text, query: { page: '' } } });
type UseCase = Handle<typeof fn>;

const path = '/v1/products/P1/device-tasks/T1/devices';
const claims = { iss: 'i', sub: 's', scope: 'devices:read' };

function setUp(options: { productsClaim?: 'optional' | 'required'; handle?: UseCase } = {}) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const container: BaseContainer = {
    config: { stage: 'test', logLevel: 'DEBUG', productsClaim: options.productsClaim ?? 'optional', api: 'v2' },
    logger: createLogger({ level: 'DEBUG', stage: 'test', write, now: () => 0 }),
  };
  const getContainer = vi.fn<() => BaseContainer>(() => container);
  const handle = vi.fn<UseCase>(options.handle ?? (() => ({ body: { ok: true }, caching: 'validate' })));
  let nowMs = 1000;
  const now = () => (nowMs += 5);
  const handler = createHandler(fn, handle, getContainer, now);
  const send = (event: EventOptions = {}) => invoke(handler, makeEvent({ path, claims, ...event }));
  return { send, handle, lines, getContainer };
}

describe('createHandler', () => {
  it('asks for no container before the first event', () => {
    expect(setUp().getContainer).not.toHaveBeenCalled();
  });

  it('hands on what was parsed, and answers what comes back', async () => {
    const { send, handle } = setUp();
    const reply = await send({ path: '/v1/products/%501/device-tasks/T1/devices', query: 'page=3' });
    expect(handle.mock.calls[0]?.[0]).toMatchObject({
      path: { productId: 'P1', taskId: 'T1' },
      query: { page: 3 },
      caller: { iss: 'i', sub: 's' },
      functionName: 'getDeviceResults',
    });
    expect(reply).toMatchObject({ status: 200, json: { ok: true } });
  });

  it('keeps no trace of one request in the next', async () => {
    const { send, handle } = setUp();
    await send({ query: 'page=3', claims: { ...claims, products: ['P1'] } });
    await send();
    expect(handle.mock.calls[1]?.[0]).toMatchObject({ query: { page: 1 }, caller: { products: undefined } });
  });

  it.each(PATH_FORMS)('reads the parameters of a path that arrives %s, decoded once', async (pathForm) => {
    const { send, handle } = setUp();
    expect((await send({ pathForm, path: '/v1/products/%501/device-tasks/T%5f1/devices' })).status).toBe(200);
    expect(handle.mock.calls[0]?.[0].path).toEqual({ productId: 'P1', taskId: 'T_1' });
    for (const segment of ['%2550', 'P%2F1', '%zz', '%E4', 'P%0A'])
      expect(await send({ pathForm, path: `/v1/products/${segment}/device-tasks/T/devices` })).toMatchObject({
        status: 400,
        json: { errors: [{ in: 'path', name: 'productId' }] },
      });
    expect(handle).toHaveBeenCalledOnce();
  });

  it('takes the path below a base path', async () => {
    const { send, handle } = setUp();
    expect((await send({ path: `/iot/api.v2${path}`, basePath: '/iot/api.v2' })).status).toBe(200);
    expect(handle.mock.calls[0]?.[0]).toMatchObject({ basePath: '/iot/api.v2' });
  });

  it.each(PATH_FORMS)('refuses a base path that could leave its place in a header: %s', async (pathForm) => {
    const { send, handle } = setUp();
    for (const basePath of ['/x>; rel="next", <https:', '/x%3E', '/%20', '/ä', '//evil.test', '/a%0Ab', '/a"b']) {
      const reply = await send({ pathForm, path: `${basePath}${path}`, basePath });
      expect(reply).toMatchObject({ status: 404, json: { code: 'route-not-found' } });
      expect(reply.json?.['instance']).toMatch(/^\/(?!\/)(?:[\w.~!$&'()*+,;=:@/-]|%[\dA-Fa-f]{2})*$/);
    }
    expect(handle).not.toHaveBeenCalled();
  });

  it('answers 405 to HEAD, which serverless-offline hands to what serves GET', async () => {
    const { send, handle } = setUp();
    expect(await send({ method: 'HEAD' })).toMatchObject({ status: 405, headers: { allow: 'GET' }, text: '' });
    expect(handle).not.toHaveBeenCalled();
  });

  it('answers 404 to a path of another route', async () => {
    const { send, handle } = setUp();
    expect(await send({ path: '/v1/products/P1/device-tasks/T1' })).toMatchObject({
      status: 404,
      json: { code: 'route-not-found' },
    });
    expect(handle).not.toHaveBeenCalled();
  });

  it('says of a broken use case that it failed, not how', async () => {
    const { send, lines } = setUp({
      handle: () => {
        throw new TypeError('canary at 10.0.0.1');
      },
    });
    const reply = await send();
    expect(reply).toMatchObject({ status: 500, json: { code: 'internal-error', retryable: false } });
    expect(reply.text + JSON.stringify(lines)).not.toContain('canary');
    expect(lines).toMatchObject([{ level: 'ERROR', code: 'internal-error', errorName: 'TypeError' }]);
  });

  it('waits for a promise and answers its rejection', async () => {
    const { send } = setUp({ handle: () => Promise.reject(new AppError('upstream-timeout', 'slow')) });
    expect(await send()).toMatchObject({ status: 504, json: { code: 'upstream-timeout', retryable: true } });
  });
});

describe('the order of checks', () => {
  const bad = { path: '/v1/products/%zz/device-tasks/T1/devices' };
  const faults: [string, EventOptions, number][] = [
    ['no claims', { claims: undefined }, 401],
    ['no scope', { claims: { sub: 's' } }, 403],
    ['nobody by name', { claims: { iss: 'i', scope: 'devices:read' } }, 403],
    ['a bad path', { ...bad }, 400],
    ['a foreign product', { claims: { ...claims, products: ['P2'] } }, 403],
    ['a bad query', { query: 'page=0' }, 400],
  ];

  it.each(faults)('refuses %s alone', async (_name, options, status) => {
    const { send, handle } = setUp();
    expect((await send(options)).status).toBe(status);
    expect(handle).not.toHaveBeenCalled();
    expect((await send()).status).toBe(200);
    expect(handle).toHaveBeenCalledOnce();
  });

  it('tells a nobody nothing about its input', async () => {
    const reply = await setUp().send({ ...bad, claims: undefined, query: 'page=0&nope' });
    expect(reply).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(reply.json).not.toHaveProperty('errors');
  });

  it('tells who lacks the scope nothing about its input', async () => {
    const reply = await setUp().send({ ...bad, claims: { sub: 's', products: ['P2'] }, query: 'page=0' });
    expect(reply.status).toBe(403);
    expect(reply.headers['www-authenticate']).toContain('insufficient_scope');
  });

  it('names the faults of path and query together', async () => {
    const reply = await setUp().send({ ...bad, claims: { ...claims, products: ['P2'] }, query: 'page=0&nope' });
    expect(reply.status).toBe(400);
    expect(reply.json?.['errors']).toMatchObject([
      { in: 'path', name: 'productId' },
      { in: 'query', name: 'nope' },
      { in: 'query', name: 'page' },
    ]);
    expect(reply.json?.['detail']).toBe('Not valid: productId, nope, page.');
  });

  it('refuses a foreign product before a bad query', async () => {
    const reply = await setUp().send({ claims: { ...claims, products: ['P2'] }, query: 'page=0' });
    expect(reply).toMatchObject({ status: 403, json: { detail: 'The token does not allow this product.' } });
  });

  it('names a hundred faults at most', async () => {
    const manyFaults = Array.from({ length: 150 }, (_, index) => `nope${index}`).join('&');
    const reply = await setUp().send({ query: manyFaults });
    expect(reply).toMatchObject({ status: 400, json: { errors: { length: 100 } } });
  });

  it('demands the products claim if the stage does', async () => {
    const { send, handle } = setUp({ productsClaim: 'required' });
    expect((await send()).status).toBe(403);
    expect(handle).not.toHaveBeenCalled();
    expect((await send({ claims: { ...claims, products: ['P1'] } })).status).toBe(200);
  });

  it('compares the product percent-decoded', async () => {
    const { send } = setUp();
    const encoded = '/v1/products/%501/device-tasks/T1/devices';
    expect((await send({ path: encoded, claims: { ...claims, products: ['P1'] } })).status).toBe(200);
    expect((await send({ path: encoded, claims: { ...claims, products: ['%501'] } })).status).toBe(403);
  });
});

describe('the log line', () => {
  it('stands once a request, with what it cost', async () => {
    const { send, lines } = setUp({
      handle: ({ context }) => {
        Object.assign(context.tally, { vendorCalls: 2, vendorMs: 40, cache: { kind: 'miss', stored: true } });
        return { body: {}, caching: 'no-store' };
      },
    });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { headers } = await send({ headers: { traceparent } });
    expect(headers['traceparent']).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/);
    expect(lines).toEqual([
      {
        level: 'INFO',
        timestamp: '1970-01-01T00:00:00.000Z',
        service: 'iotcloud-rest',
        stage: 'test',
        event: 'request',
        requestId: headers['x-request-id'],
        route: 'getDeviceResults',
        status: 200,
        cache: 'fwd=miss; stored',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        caller: expect.stringMatching(/^[\w-]{16}$/),
        _aws: expect.objectContaining({ Timestamp: 0 }),
        Duration: 5,
        VendorCalls: 2,
        VendorLatency: 20,
        CacheMiss: 1,
        ColdStart: 1,
      },
    ]);
  });

  it.each([
    ['task-not-completed', 'INFO'],
    ['upstream-unavailable', 'ERROR'],
  ] as const)('of a %s has the level %s, its code and its cause', async (code, level) => {
    const { send, lines } = setUp({
      handle: () => {
        throw new AppError(code, 'x', { cause: 'refusal 6000/-' });
      },
    });
    await send();
    expect(lines).toMatchObject([{ level, code, cause: 'refusal 6000/-' }]);
  });

  it('names the variable of a bad configuration, and only the log does', async () => {
    const written: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void written.push(line));
    const getContainer = () => {
      throw new ConfigError('PRODUCTS_CLAIM', 'must be one of optional, required');
    };
    const handler = createHandler(fn, () => never(), getContainer);
    const reply = await invoke(handler, makeEvent({ path, claims }));
    expect(reply).toMatchObject({ status: 500, json: { code: 'internal-error' } });
    expect(reply.text).not.toContain('PRODUCTS_CLAIM');
    expect(written.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'ERROR', errorName: 'ConfigError', variable: 'PRODUCTS_CLAIM', status: 500, event: 'request' },
    ]);
  });
});

const never = (): never => {
  throw new Error('must not be called');
};

describe('every answer', () => {
  const security = {
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  };

  it.each<[string, EventOptions, number]>([
    ['an answer', {}, 200],
    ['a 304', { headers: { 'if-none-match': '*' } }, 304],
    ['a refusal', { query: 'nope' }, 400],
    ['a stranger', { claims: { sub: 's' } }, 403],
  ])('carries the request id and the security headers: %s', async (_name, options, status) => {
    const { send, lines } = setUp();
    const reply = await send(options);
    expect(reply.status).toBe(status);
    expect(reply.headers).toMatchObject({ ...security, 'x-request-id': lines[0]?.['requestId'] });
    expect(reply.json?.['requestId']).toBe(status < 400 ? undefined : reply.headers['x-request-id']);
  });
});

describe('createFallbackHandler', () => {
  const { getContainer } = setUp();
  const send = (method: string, target: string) =>
    invoke(createFallbackHandler(getContainer), makeEvent({ method, path: target, pathForm: 'encoded' }));

  it.each([
    ['POST', '/v1/health', 'GET, HEAD'],
    ['OPTIONS', '/v1/health', 'GET, HEAD'],
    ['POST', '/', 'GET'],
    ['DELETE', '/v1/products/P1/device-tasks', 'POST, GET'],
    ['POST', '/v1/products/P1/device-tasks/T1/devices/x', 'GET'],
    ['DELETE', '/v1/products/P1/device-tasks/T1', 'GET'],
    ['PATCH', path, 'GET'],
  ])('answers 405 to %s %s and allows %s', async (method, target, allow) => {
    const reply = await send(method, target);
    expect(reply).toMatchObject({
      status: 405,
      headers: { allow, 'cache-control': 'no-store', 'content-type': 'application/problem+json' },
      json: { code: 'method-not-allowed', instance: target, retryable: false },
    });
  });

  it('answers 405 to HEAD without a body', async () => {
    const reply = await send('HEAD', path);
    expect(reply).toMatchObject({ status: 405, headers: { allow: 'GET' }, text: '' });
  });

  it.each([
    ['GET', ''],
    ['GET', '/v1/health/'],
    ['GET', '/v2/devices'],
    ['POST', '/v1/products/P1/device-tasks/T1/devices/x/y'],
    ['GET', '/constructor'],
    ['GET', '/%25'],
  ])('answers 404 to %s %s', async (method, target) => {
    const reply = await send(method, target);
    expect(reply).toMatchObject({ status: 404, json: { code: 'route-not-found', instance: target } });
    expect(reply.headers).not.toHaveProperty('allow');
  });
});
