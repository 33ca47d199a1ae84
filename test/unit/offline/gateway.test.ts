import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGateway } from '../../../offline/gateway.ts';
import { readService, type CorsRules } from '../../../offline/readService.ts';

interface Call {
  readonly functionName: string;
  readonly event: Record<string, unknown>;
}

const calls: Call[] = [];
let result: unknown;
let cors: CorsRules;
let origin = '';
let close: () => void;

beforeAll(async () => {
  const service = await readService();
  cors = { ...service.cors, allowedOrigins: ['https://app.example'] };
  const gateway = createGateway({
    routes: service.routes,
    cors,
    verifyToken: async (token) =>
      token === 'good' ? { kind: 'verified', claims: { sub: 'me', groups: '[a b]' } } : { kind: 'refused', reason: 'the token has expired' },
    invoke: async (functionName, event) => {
      calls.push({ functionName, event: { ...event } });
      if (result instanceof Error) throw result;
      return result;
    },
  });
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`; // a TCP server has one
  close = () => gateway.close();
});
afterAll(() => close());
beforeEach(() => {
  calls.splice(0);
  result = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
});

/** Nothing between the test and the wire that would change a path or add a header. */
async function send(method: string, path: string, headers: Record<string, string | string[]> = {}, body?: string | Buffer) {
  const outgoing = request(`${origin}/`, { method, path, headers }).end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // the event's one argument
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const TASK = '/v1/products/ABCED12345/device-tasks/t1';
const eventOf = async (...args: Parameters<typeof send>) => {
  await send(...args);
  return calls[0]?.event ?? {};
};

describe('the gateway', () => {
  it.each([
    ['GET', '/v1/health', 'getHealth', 'GET /v1/health'],
    ['GET', TASK, 'getDeviceTask', 'GET /v1/products/{productId}/device-tasks/{taskId}'],
    ['GET', `${TASK}/devices?page=2`, 'getDeviceResults', 'GET /v1/products/{productId}/device-tasks/{taskId}/devices'],
    ['POST', '/v1/products/P/device-tasks', 'createDeviceTask', 'POST /v1/products/{productId}/device-tasks'],
    ['GET', '/v1/health/', 'fallback', '$default'],
    ['GET', '/v1/products//device-tasks/t1', 'fallback', '$default'],
    ['DELETE', TASK, 'fallback', '$default'],
    ['HEAD', TASK, 'fallback', '$default'],
    ['OPTIONS', TASK, 'fallback', '$default'],
    ['GET', '/openapiXjson', 'fallback', '$default'],
  ])('sends %s %s to %s', async (method, path, functionName, routeKey) => {
    await send(method, path);
    expect(calls).toMatchObject([{ functionName, event: { version: '2.0', routeKey, requestContext: { routeKey, http: { method } } } }]);
  });

  it('decodes path parameters once, and leaves what is no percent-encoding', async () => {
    const parametersOf = async (productId: string) => (await eventOf('GET', `/v1/products/${productId}/device-tasks/t%3A1`))['pathParameters'];
    expect(await parametersOf('a%2541')).toEqual({ productId: 'a%41', taskId: 't:1' });
    for (const text of ['%ZZ', '%FF', 'a%E0%A4']) {
      calls.splice(0);
      expect(await parametersOf(text)).toEqual({ productId: text, taskId: 't:1' });
    }
  });

  it('hands the query over raw, and headers in lower case with repetitions joined', async () => {
    const event = await eventOf('GET', '/v1/health?a=1&a=2&b=%20?', { 'X-Two': ['1', '2'], 'Accept-Encoding': 'br, gzip;q=0.5' });
    expect(event).toMatchObject({ rawPath: '/v1/health', rawQueryString: 'a=1&a=2&b=%20?', headers: { 'x-two': '1,2', 'accept-encoding': 'br, gzip;q=0.5' } });
  });

  it.each([
    ['application/json', '{"a":"ä"}', { body: '{"a":"ä"}', isBase64Encoded: false }],
    ['application/json', 'null', { body: 'null', isBase64Encoded: false }],
    ['text/csv', 'a', { body: 'a', isBase64Encoded: false }],
    ['application/octet-stream', 'a', { body: 'YQ==', isBase64Encoded: true }],
    ['application/json', '', { isBase64Encoded: false }],
  ])('hands a body of %s over: %j', async (type, body, expected) => {
    const event = await eventOf('POST', '/v1/products/P/device-tasks', { 'content-type': type }, body);
    expect({ body: event['body'], isBase64Encoded: event['isBase64Encoded'] }).toEqual({ body: undefined, ...expected });
  });

  it('hands over the claims it verified, whatever the client says of itself', async () => {
    const forged = { 'sls-offline-authorizer-override': '{"jwt":{"claims":{"sub":"forged"}}}' };
    const authorizerOf = async (headers: Record<string, string>, path = TASK) => {
      calls.splice(0);
      const { requestContext } = await eventOf('GET', path, { ...forged, ...headers });
      return (requestContext as Record<string, unknown>)['authorizer'];
    };
    expect(await authorizerOf({ authorization: 'Bearer good' })).toEqual({ jwt: { claims: { sub: 'me', groups: '[a b]' }, scopes: null } });
    for (const headers of [{}, { authorization: 'Bearer bad' }, { authorization: 'Basic good' }]) expect(await authorizerOf(headers)).toBeUndefined();
    // A route without an authorizer has no caller.
    expect(await authorizerOf({ authorization: 'Bearer good' }, '/v1/health')).toBeUndefined();
  });

  it("adds to the function's 401 why the token was refused", async () => {
    result = { statusCode: 401, headers: { 'www-authenticate': 'Bearer realm="iotcloud-rest", error="invalid_token"' }, body: '' };
    const challengeOf = async (headers: Record<string, string>) => (await send('GET', TASK, headers)).headers['www-authenticate'];
    expect(await challengeOf({})).toBe('Bearer realm="iotcloud-rest", error="invalid_token"');
    expect(await challengeOf({ authorization: 'Bearer old' })).toBe(
      'Bearer realm="iotcloud-rest", error="invalid_token", error_description="the token has expired"',
    );
  });

  it('writes results as they are, compressed ones and those without a body too', async () => {
    const packed = gzipSync('{"a":1}');
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', etag: '"x"' };
    result = { statusCode: 200, headers, body: packed.toString('base64'), isBase64Encoded: true };
    const got = await send('GET', '/v1/health');
    expect([got.status, got.headers, got.body.equals(packed)]).toEqual([200, expect.objectContaining(headers), true]);
    const head = await send('HEAD', '/v1/health');
    expect([head.status, head.headers['etag'], head.body.length]).toEqual([200, '"x"', 0]);
    result = { statusCode: 304, headers: { etag: '"x"' } };
    const unchanged = await send('GET', '/v1/health');
    expect([unchanged.status, unchanged.headers['etag'], unchanged.body.length]).toEqual([304, '"x"', 0]);
  });

  it.each([new Error('a fault'), { body: 'no status' }, 'text'])('answers as API Gateway if the function gives no result: %s', async (fault) => {
    result = fault;
    const { status, headers, body } = await send('GET', '/v1/health');
    expect([status, headers['content-type'], headers['apigw-requestid'], body.toString()]).toEqual([
      500,
      'application/json',
      expect.stringMatching(/^[\w-]{36}$/),
      '{"message":"Internal Server Error"}',
    ]);
  });

  it('takes no body beyond 10 MiB', async () => {
    const { status, body } = await send('POST', TASK, { 'content-length': String(10 * 1024 * 1024 + 1), connection: 'close', expect: '100-continue' });
    expect([status, body.toString(), calls]).toEqual([413, '{"message":"Request Entity Too Large"}', []]);
  });
});

describe('CORS at the gateway', () => {
  it('answers the preflight of a listed origin, and gives another one nothing', async () => {
    const preflight = (from: string) => send('OPTIONS', TASK, { origin: from, 'access-control-request-method': 'GET' });
    const listed = await preflight('https://app.example');
    expect([listed.status, listed.headers]).toEqual([
      204,
      expect.objectContaining({
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-headers': cors.allowedHeaders.join(','),
        'access-control-max-age': '600',
      }),
    ]);
    const other = await preflight('https://elsewhere.example');
    expect([other.status, other.headers['access-control-allow-origin'], calls]).toEqual([204, undefined, []]);
  });

  it('lets a listed origin read the answer, and no other', async () => {
    result = { statusCode: 200, headers: { vary: 'accept-encoding' }, body: '{}' };
    const corsOf = async (from: string) => {
      const { headers } = await send('GET', '/v1/health', { origin: from });
      return [headers['access-control-allow-origin'], headers.vary];
    };
    expect(await corsOf('https://app.example')).toEqual(['https://app.example', 'accept-encoding, origin']);
    expect(await corsOf('https://elsewhere.example')).toEqual([undefined, 'accept-encoding']);
  });
});
