import fc from 'fast-check';
import { expect, it } from 'vitest';
import { problemKinds } from '../../../lib/problemKinds.ts';
import type { Transport } from '../../../lib/upstream/httpTransport.ts';
import { PATH_FORMS, type Reply } from '../../support/apiGatewayEvent.ts';
import { createApi, createCountingStore, createPieces, fullClaims } from '../../support/stack.ts';

const identifier = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/) },
  { weight: 1, arbitrary: fc.constantFrom('', '%', '%zz', '%E4', '%2541', '%41BC', 'a%2Fb', '..', '%00', '__proto__', 'a'.repeat(65)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())) },
);

const path = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(identifier, identifier).map(([product, task]) => `/v1/products/${product}/device-tasks/${task}/devices`) },
  { weight: 4, arbitrary: fc.tuple(identifier, identifier).map(([product, task]) => `/v1/products/${product}/device-tasks/${task}`) },
  { weight: 3, arbitrary: fc.tuple(identifier, identifier, identifier).map(([product, task, name]) => `/v1/products/${product}/device-tasks/${task}/devices/${name}`) },
  { weight: 3, arbitrary: identifier.map((product) => `/v1/products/${product}/device-tasks`) },
  { weight: 1, arbitrary: fc.constantFrom('/v1/health', '/v1/health/', '', '/', '//', '/v1/products', '/v1/products//device-tasks/', '/v1/../v1/health') },
  { weight: 1, arbitrary: fc.array(identifier, { maxLength: 7 }).map((segments) => `/${segments.join('/')}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const pair = fc.tuple(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('page', 'pageSize', 'status', 'include', 'cursor') },
    { weight: 1, arbitrary: fc.constantFrom('Page', '__proto__', 'constructor', '', '?page', 'page[]') },
  ),
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('1', '2', '20', '100', 'created', 'failed', 'credentials') },
    { weight: 1, arbitrary: fc.constantFrom('', '0', '1.0', '1e1', '+1', ' 1', '0x1', '2147483648', '9'.repeat(400), 'null') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  ),
);

const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 4, arbitrary: fc.constantFrom('page=2', 'pageSize=3&page=1', 'include=credentials', 'status=failed', 'status=created&pageSize=100') },
  { weight: 4, arbitrary: fc.array(pair, { maxLength: 4 }).map((pairs) => new URLSearchParams(pairs).toString()) },
  { weight: 1, arbitrary: fc.array(pair, { maxLength: 3 }).map((pairs) => pairs.map((one) => one.join('=')).join('&')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const headers = fc.dictionary(
  fc.constantFrom('if-none-match', 'If-None-Match', 'authorization', 'content-type', 'Idempotency-Key', 'x-request-id', 'accept', 'traceparent', '__proto__'),
  fc.oneof(
    fc.constantFrom('*', '"a", W/"b"', '"', 'application/json', 'application/json; charset=utf-16', 'text/plain', 'Bearer x', 'key-1', '"key"', ''),
    fc.string({ unit: 'binary' }),
  ),
  { maxKeys: 4, noNullPrototype: true },
);

const claims = fc.oneof(
  { weight: 8, arbitrary: fc.constant(fullClaims) },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.record({ scope: fc.constantFrom('devices:read', 'devices:write', '', '[', ']'), products: fc.constantFrom('', '[]', '*', 'A') }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('scope', 'scp', 'products', 'iss', 'sub', 'client_id', '__proto__'), fc.jsonValue()) },
);

const body = fc.oneof(
  fc.constant(undefined),
  fc.array(fc.stringMatching(/^[a-zA-Z0-9:_-]{1,8}$/), { minLength: 1, maxLength: 5 }).map((deviceNames) => JSON.stringify({ deviceNames })),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '{', '{"deviceNames":[]}', '{"deviceNames":["a","a"]}', '{"__proto__":1,"deviceNames":["a"]}', ' '.repeat(70_000), '['.repeat(50_000)),
);

const method = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('GET', 'GET', 'POST') },
  { weight: 1, arbitrary: fc.constantFrom('HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'get', '') },
);

const pathForm = fc.constantFrom(...PATH_FORMS);

const request = fc.record({ method, path, pathForm, query, headers, claims, body, isBase64Encoded: fc.boolean() });

/** A vendor that knows no task and no product. */
const refuseAll: Transport = () =>
  Promise.resolve({ ok: true, value: { headers: {}, text: '{"code":5000,"message":"(2006)gone","codeDesc":"TaskNotExist"}' } });

/** Whether an answer is health, an empty list, a redirect, or a problem of the catalogue that names its place if it is about the input. */
function isWellFormed({ status, headers: fields, text, json = {} }: Reply, sentMethod: string): boolean {
  const requestId = fields['x-request-id'];
  if (requestId === undefined || fields['cache-control'] !== 'no-store') return false;
  if (status === 302) return text === '' && fields['location'] === '/docs';
  if (sentMethod === 'HEAD') return text === '' && (status === 200 || fields['content-type'] === 'application/problem+json');
  if (status === 200) return (json['status'] === 'ok' || Array.isArray(json['tasks'])) && fields['content-type'] === 'application/json';
  const code = String(json['code']) as keyof typeof problemKinds;
  const names = code !== 'invalid-request' || (Array.isArray(json['errors']) && json['errors'].length > 0);
  const isTyped = json['type'] === `urn:iotcloud-rest:problem:${code}` && fields['content-type'] === 'application/problem+json';
  return problemKinds[code]?.status === status && json['status'] === status && json['requestId'] === requestId && isTyped && names;
}

it('answers 10,000 generated requests without a 5xx, and stores nothing', async () => {
  const { store, counts } = createCountingStore();
  let vendorCalls = 0;
  const transport: Transport = (input) => {
    vendorCalls += 1;
    return refuseAll(input);
  };
  const api = createApi(createPieces({ store, transport }));
  const seen = new Map<unknown, number>();
  await fc.assert(
    fc.asyncProperty(request, async ({ path: target, ...options }) => {
      const reply = await api.send(target, options);
      expect(reply.status).toBeLessThan(500);
      expect([isWellFormed(reply, options.method), reply]).toEqual([true, reply]);
      const kind = reply.json?.['code'] ?? reply.status;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }),
    { numRuns: 10_000, seed: 20_261_124 },
  );
  expect(counts.saves).toBe(0);
  // The requests were of all sorts: many got as far as the vendor, and every refusal of ours was met.
  expect(vendorCalls).toBeGreaterThan(500);
  const codes = [200, 'invalid-request', 'unauthorized', 'forbidden', 'task-not-found', 'route-not-found', 'method-not-allowed', 'unsupported-media-type', 'payload-too-large'];
  expect(codes.filter((code) => (seen.get(code) ?? 0) < 3)).toEqual([]);
});
