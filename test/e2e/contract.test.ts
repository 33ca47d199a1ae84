import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import document from '../../docs/openapi.json' with { type: 'json' };
import type { ProblemCode } from '../../lib/errors.ts';
import { problemKinds } from '../../lib/problemKinds.ts';
import { freePort } from '../support/freePort.ts';
import type { EventOptions, Reply } from '../support/apiGatewayEvent.ts';
import { contractFaults } from '../support/contract.ts';
import { driveSteps } from '../support/driveSteps.ts';
import { documentRequests } from '../support/documentRequests.ts';
import { startStage, type StartedStage } from '../support/offlineStage.ts';
import { replyStatus, startScriptedUpstream, type ScriptedUpstream, type ScriptStep } from '../support/scriptedUpstream.ts';
import { fullClaims, startStack, type Stack } from '../support/stack.ts';
import { refuseWith } from '../support/vendorApi.ts';
import { vendorApis } from '../support/vendorApis.ts';

const TASKS = '/v1/products/ABCED12345/device-tasks';
const TASK = `${TASKS}/abcdedf123456789`;
const RESULTS = `${TASK}/devices`;
const BATCHES = '/v1/products/ABCED12345/device-batches';
const NO_BATCH = `${BATCHES}/01a20cff-7d00-7c3e-8f2b-6d1a0e9c4b57`;
const PSK_RESULTS = '/v1/products/PSK1234567/device-tasks/pskdedf123456789/devices';
const BATCH_RESULTS = '/v1/products/BATCH12345/device-tasks/batch100devices1/devices';

/** That the document says everything the answer holds. */
async function expectDocumented(method: string, path: string, response: Response, status: number): Promise<unknown> {
  expect({ method, path, status: response.status, faults: await contractFaults(method, path, response) }).toEqual({ method, path, status, faults: [] });
  const text = await response.text();
  if (response.headers.get('content-type')?.split(';')[0]?.endsWith('json') !== true || text === '') return undefined;
  return JSON.parse(text);
}

const json = { 'content-type': 'application/json' };
const creation = (names: readonly string[], headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { ...json, ...headers },
  body: JSON.stringify({ deviceNames: names }),
});

describe.each(vendorApis)('the offline stage over $name', ({ name }) => {
  let stage: StartedStage;
  let readOnly: string;
  beforeAll(async () => {
    stage = await startStage({ IOTCLOUD_API: name });
    readOnly = await stage.token({ scope: 'devices:read' });
  });
  afterAll(async () => {
    await stage.interrupt();
  });

  const check = async (path: string, status: number, init: RequestInit & { bare?: boolean } = {}) => {
    const response = init.bare === true ? await fetch(`${stage.url}${path}`, init) : await stage.request(path, init);
    return expectDocumented(init.method ?? 'GET', path, response, status);
  };

  it.each([
    [TASK, {}],
    [TASK, { headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' } }],
    [RESULTS, {}],
    [`${RESULTS}?include=credentials`, {}],
    [`${PSK_RESULTS}?include=credentials`, {}],
    [`${BATCH_RESULTS}?page=2&pageSize=10&status=failed`, {}],
    [`${BATCH_RESULTS}?page=3`, {}],
    [`${RESULTS}?page=99`, {}],
    [`${RESULTS}?status=created`, {}],
    [`${RESULTS}/test_device1`, {}],
    [`${RESULTS}/test_device2?include=credentials`, {}],
    [`${BATCH_RESULTS}/sensor-001?include=credentials`, {}],
    [TASKS, {}],
    ['/v1/health', { bare: true }],
    ['/openapi.json', { bare: true }],
    ['/docs', { bare: true }],
  ])('answers GET %s as documented, cold and warm', async (path, init) => {
    await check(path, 200, init);
    await check(path, 200, init);
  });

  it.each(['/v1/health', '/openapi.json', '/docs'])('answers HEAD %s as documented', async (path) => {
    await check(path, 200, { method: 'HEAD', bare: true });
  });

  it('leads from / to the reference', async () => {
    await check('/', 302, { redirect: 'manual', bare: true });
    await check('/', 405, { method: 'HEAD', bare: true });
  });

  it.each([TASK, RESULTS, `${RESULTS}/test_device1`, '/openapi.json', '/docs'])('answers 304 on %s as documented', async (path) => {
    await check(path, 304, { headers: { 'if-none-match': '*' } });
  });

  it('answers a creation, its repeats and its task as documented', async () => {
    const key = { 'idempotency-key': 'contract-1' };
    const created = await check(TASKS, 202, creation(['contract-a', 'contract-b'], key));
    expect(await check(TASKS, 202, creation(['contract-a', 'contract-b'], key))).toEqual(created);
    await check(TASKS, 422, creation(['contract-c'], key));
    const { taskId } = created as { taskId: string };
    await check(`${TASKS}/${taskId}`, 200);
    await check(TASKS, 202, creation(['contract-d']));
    expect(await check(`${TASKS}?pageSize=1`, 200)).toMatchObject({ tasks: [{ totalDevices: 1 }] });
  });

  it('answers a batch, its devices as JSON and CSV, and the list as documented', async () => {
    const csv = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'deviceName\ncontract-batch-a\ncontract-batch-b\n' };
    const { batchId } = (await check(BATCHES, 202, csv)) as { batchId: string };
    const [batch, devices, asCsv] = [`${BATCHES}/${batchId}`, `${BATCHES}/${batchId}/devices`, { headers: { accept: 'text/csv' } }];
    expect(await check(devices, 200)).toMatchObject({ batchId, devices: [{ status: 'pending' }, { status: 'pending' }] });
    expect(await check(`${BATCHES}?pageSize=1`, 200)).toMatchObject({ batches: [{ batchId }] });
    await check(`${batch}/cancellation`, 202, { method: 'POST' });
    for (const path of [batch, devices, `${devices}/contract-batch-a`]) {
      await check(path, 200);
      await check(path, 304, { headers: { 'if-none-match': '*' } });
    }
    await check(devices, 200, asCsv);
    await check(devices, 304, { headers: { ...asCsv.headers, 'if-none-match': '*' } });
    await check(`${devices}?include=credentials`, 200, asCsv);
    await check(`${devices}/contract-batch-c`, 404);
    await check(`${batch}/retries`, 202, { method: 'POST' });
    await check(BATCHES, 400, { ...csv, body: 'name\na\n' });
    await check(BATCHES, 415, { ...csv, headers: { 'content-type': 'text/plain' } });
    await check(BATCHES, 413, { ...csv, body: ' '.repeat(1024 * 1024 + 1) });
  });

  it.each([
    [`${NO_BATCH}/devices`, 404, {}],
    [`${NO_BATCH}/devices/a?include=credentials`, 404, {}],
    [`${NO_BATCH}/devices?pageSize=201&include=credentials`, 400, {}],
    [`${BATCHES}?cursor=A`, 400, {}],
    [`${RESULTS}?page=0&colour=red`, 400, {}],
    ['/v1/health?a=1', 400, { bare: true }],
    ['/openapi.json?a=1', 400, { bare: true }],
    ['/docs?a=1', 400, { bare: true }],
    [TASK, 401, { bare: true }],
    [RESULTS, 401, { headers: { authorization: 'Bearer nonsense' } }],
    [`${TASKS}/nosuchtask`, 404, {}],
    [`${TASKS}/nosuchtask/devices`, 404, {}],
    ['/nowhere', 404, {}],
    [TASK, 405, { method: 'DELETE' }],
    [TASKS, 405, { method: 'DELETE' }],
    [TASKS, 200, {}],
    [`${TASKS}?cursor=A`, 400, {}],
    [`${RESULTS}/test_device1`, 200, {}],
    [`${RESULTS}/test_device3`, 404, {}],
    [`${RESULTS}/test%20device`, 400, {}],
    ['/docs', 405, { method: 'POST' }],
    ['/v1/products/NOSUCH/device-tasks', 404, creation(['a'])],
    [TASKS, 400, creation(['a', 'a', 'b c'])],
    [TASKS, 400, { method: 'POST', headers: json, body: '{' }],
    [TASKS, 400, creation(['a'], { 'idempotency-key': 'two words' })],
    [TASKS, 401, { ...creation(['a']), bare: true }],
    [TASKS, 413, { method: 'POST', headers: json, body: ' '.repeat(65 * 1024) }],
    [TASKS, 415, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }],
  ])('answers %s with %i as documented', async (path, status, init) => {
    await check(path, status, init);
  });

  it('answers a token that may not do everything as documented', async () => {
    const headers = { authorization: `Bearer ${readOnly}` };
    await check(`${RESULTS}?include=credentials`, 403, { headers });
    await check(TASKS, 403, creation(['a'], headers));
    await check('/v1/products/PSK1234567/device-tasks/pskdedf123456789', 403, {
      headers: { authorization: `Bearer ${await stage.token({ products: ['ABCED12345'] })}` },
    });
  });

  it("answers the gateway's own refusal as documented", async () => {
    await check(TASKS, 413, { method: 'POST', headers: json, body: ' '.repeat(11 * 1024 * 1024) });
  });

  it('takes every generated request that the document allows, refuses every other, and answers each as documented', async () => {
    const counts = { allowed: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(documentRequests, async ({ method, path, headers, body, isValid }) => {
        const response = await stage.request(path, { method, redirect: 'manual', headers: { ...(body === undefined ? {} : json), ...headers }, ...(body === undefined ? {} : { body }) });
        expect(await contractFaults(method, path, response)).toEqual([]);
        expect(response.status).toBeLessThan(500);
        expect(response.status === 400).toBe(!isValid);
        counts[isValid ? 'allowed' : 'refused'] += 1;
      }),
      { numRuns: 200, seed: 20_261_124 },
    );
    expect(Math.min(counts.allowed, counts.refused)).toBeGreaterThan(20);
  });
});

describe.each(vendorApis)('the functions over $name', (vendorApi) => {
  let stack: Stack;
  let vendor: ScriptedUpstream;
  let behaviour: ScriptStep = { kind: 'hang' };
  beforeAll(async () => {
    stack = await startStack();
    vendor = await startScriptedUpstream({ otherwise: (request) => (typeof behaviour === 'function' ? behaviour(request) : behaviour) });
  });
  afterAll(async () => {
    await vendor.close();
    await stack.close();
  });
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0)); // no pause between attempts

  const toResponse = ({ status, headers, text }: Reply) => new Response(text === '' ? null : text, { status, headers: { ...headers } });
  /** A new container each, so that no breaker and no cache of another case takes part. */
  const open = (overrides: Record<string, string> = {}) => stack.open({ ...vendorApi.configure(vendor.origin), ...overrides });
  const check = async (code: ProblemCode, method: string, path: string, reply: Reply) => {
    expect(await expectDocumented(method, path, toResponse(reply), problemKinds[code].status)).toMatchObject({ code });
  };

  type Provoke = (code: ProblemCode) => Promise<void>;
  const sending =
    (path: string, options: EventOptions = {}): Provoke =>
    async (code) =>
      check(code, options.method ?? 'GET', path, await open().send(path, options));
  const reading =
    (step: ScriptStep, overrides: Record<string, string> = {}): Provoke =>
    async (code) => {
      behaviour = step;
      for (const path of [TASK, RESULTS]) await check(code, 'GET', path, await open(overrides).send(path));
    };
  const creating =
    (step: ScriptStep): Provoke =>
    async (code) => {
      behaviour = step;
      await check(code, 'POST', TASKS, await open().send(TASKS, creation(['a'])));
    };
  const withKey = (name: string) => creation([name], { 'idempotency-key': 'k' });
  const running = vendorApi.answers.running('abcdedf123456789');
  const refused: Provoke = (code) => reading(refuseWith(vendorApi, code))(code);
  const creationRefused: Provoke = (code) => creating(refuseWith(vendorApi, code))(code);

  const provocations: Record<ProblemCode, readonly Provoke[]> = {
    'invalid-request': [sending(RESULTS, { query: 'page=0' }), refused, sending(TASKS, creation(['a', 'a']))],
    unauthorized: [sending(TASK, { claims: undefined })],
    forbidden: [sending(TASK, { claims: { ...fullClaims, scope: '' } }), sending(TASK, { claims: { ...fullClaims, products: [] } }), sending(TASK, { claims: { scope: fullClaims.scope } })],
    'task-not-found': [refused],
    'product-not-found': [refused, creationRefused],
    'device-not-found': [
      async (code) => {
        const path = `${RESULTS}/test_device3`;
        await check(code, 'GET', path, await stack.open().send(path));
      },
    ],
    'route-not-found': [sending('/nowhere'), sending('/a,b/v1/health', { basePath: '/a,b' })],
    'method-not-allowed': [sending(TASK, { method: 'DELETE' }), sending('/docs', { method: 'POST' }), sending('/', { method: 'POST' })],
    'task-not-completed': [
      async (code) => {
        behaviour = running;
        const { send } = open();
        await expectDocumented('GET', TASK, toResponse(await send(TASK)), 200);
        await check(code, 'GET', RESULTS, await send(RESULTS));
      },
    ],
    'device-limit-exceeded': [creationRefused],
    'idempotency-key-in-progress': [
      async (code) => {
        behaviour = { kind: 'hang' };
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
        const { send } = open();
        const asked = vendor.requests.length;
        const first = send(TASKS, withKey('a'));
        await vi.waitUntil(() => vendor.requests.length > asked);
        await check(code, 'POST', TASKS, await send(TASKS, withKey('a')));
        vi.advanceTimersByTime(2500);
        vi.useRealTimers();
        await check('task-creation-unknown', 'POST', TASKS, await first);
      },
    ],
    'idempotency-key-reused': [
      async (code) => {
        behaviour = running;
        const { send } = open();
        await expectDocumented('POST', TASKS, toResponse(await send(TASKS, withKey('a'))), 202);
        await check(code, 'POST', TASKS, await send(TASKS, withKey('b')));
      },
    ],
    'unsupported-media-type': [sending(TASKS, { ...creation(['a']), headers: { 'content-type': 'text/plain' } })],
    'payload-too-large': [sending(TASKS, { ...creation(['a']), body: ' '.repeat(65 * 1024) })],
    'upstream-auth-failed': [refused, creationRefused],
    'upstream-rate-limited': [refused, creationRefused],
    'upstream-unavailable': [refused, creationRefused],
    'upstream-error': [refused, creationRefused],
    'upstream-malformed': [reading(replyStatus(200, {}, 'no JSON'))],
    'upstream-timeout': [reading({ kind: 'hang' }, { IOTCLOUD_TIMEOUT_MS: '50' })],
    'task-creation-unknown': [creating(replyStatus(200, {}, 'no JSON'))],
    'idempotency-unavailable': [
      async (code) => {
        behaviour = running;
        const { send } = open({ DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
        await check(code, 'POST', TASKS, await send(TASKS, withKey('a')));
        await expectDocumented('GET', TASK, toResponse(await send(TASK)), 200);
      },
    ],
    'batch-not-found': [sending(NO_BATCH), sending(`${NO_BATCH}/devices`), sending(`${NO_BATCH}/devices/a`), sending(`${NO_BATCH}/cancellation`, { method: 'POST' }), sending(`${NO_BATCH}/retries`, { method: 'POST' })],
    'batch-not-completed': [
      async (code) => {
        const { send } = open();
        const { headers } = await send(BATCHES, creation(['a']));
        await check(code, 'POST', `${NO_BATCH}/retries`, await send(`${headers['location']}/retries`, { method: 'POST' }));
      },
    ],
    'nothing-to-retry': [
      async (code) => {
        behaviour = refuseWith(vendorApi, 'product-not-found'); // for good: a retry would bring the same
        const { send, container, queue } = open();
        const { headers } = await send(BATCHES, creation(['a']));
        await driveSteps({ container, queue }, () => undefined, 3);
        await check(code, 'POST', `${NO_BATCH}/retries`, await send(`${headers['location']}/retries`, { method: 'POST' }));
      },
    ],
    'too-many-batches': [
      async (code) => {
        const { send } = open();
        for (let count = 0; count < 10; count += 1) await expectDocumented('POST', BATCHES, toResponse(await send(BATCHES, creation(['a']))), 202);
        await check(code, 'POST', BATCHES, await send(BATCHES, creation(['a'])));
      },
    ],
    'queue-unavailable': [
      async (code) => check(code, 'POST', BATCHES, await stack.open({}, { queue: { send: () => Promise.reject(new Error('no queue')) } }).send(BATCHES, creation(['a']))),
    ],
    'store-unavailable': [
      async (code) => check(code, 'GET', TASKS, await open({ DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}` }).send(TASKS)),
      async (code) => check(code, 'GET', `${NO_BATCH}/devices`, await open({ DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}` }).send(`${NO_BATCH}/devices`)),
      async (code) => check(code, 'GET', NO_BATCH, await open({ DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}` }).send(NO_BATCH)),
    ],
    'internal-error': [async (code) => check(code, 'GET', TASK, await open({ TASK_TABLE: '' }).send(TASK))],
  };

  it.each(Object.entries(provocations))('answer %s as documented', async (code, provoke) => {
    expect(provoke).not.toEqual([]);
    for (const one of provoke) await one(code as ProblemCode); // a key of the record
  });

  it.each(['/v1/health', '/openapi.json', '/docs'])('answer HEAD %s as documented', async (path) => {
    const headers = { 'if-none-match': '*' };
    await expectDocumented('HEAD', path, toResponse(await open().send(path, { method: 'HEAD' })), 200);
    await expectDocumented('HEAD', path, toResponse(await open().send(path, { method: 'HEAD', headers })), path === '/v1/health' ? 200 : 304);
    await expectDocumented('HEAD', path, toResponse(await open().send(path, { method: 'HEAD', query: 'a=1' })), 400);
  });

  it('answer GET / as documented', async () => {
    await expectDocumented('GET', '/', toResponse(await open().send('/')), 302);
  });
});

describe('the check itself', () => {
  const answer = (body: unknown, init: { status?: number; headers?: Record<string, string> } = {}) =>
    new Response(JSON.stringify(body), { status: 200, ...init, headers: { 'content-type': 'application/json', 'x-request-id': 'r', traceparent: 't', 'cache-control': 'no-store', ...init.headers } });
  const health = { status: 'ok', stage: 'dev', version: '1' };

  it('takes an answer as it is documented', async () => {
    expect(await contractFaults('GET', '/v1/health', answer(health))).toEqual([]);
    expect(document.paths['/v1/health'].get.operationId).toBe('getHealth');
  });

  it.each([
    ['an unknown member', answer({ ...health, colour: 'red' }), /additional properties.*colour/],
    ['a missing member', answer({ status: 'ok' }), /required property/],
    ['an unknown status', answer(health, { status: 201 }), /undocumented status 201/],
    ['an unknown header', answer(health, { headers: { 'x-colour': 'red' } }), /undocumented header x-colour/],
    ['another type', answer(health, { headers: { 'content-type': 'text/plain' } }), /undocumented content type/],
    ['an unknown code', answer({ code: 'colour' }, { status: 400, headers: { 'content-type': 'application/problem+json' } }), /undocumented code colour/],
    ['a missing header', new Response(JSON.stringify(health), { headers: { 'content-type': 'application/json' } }), /lacks x-request-id/],
  ])('finds %s', async (_name, response, fault) => {
    expect((await contractFaults('GET', '/v1/health', response)).join('\n')).toMatch(fault);
  });

  it('looks into lists of results', async () => {
    const devices = [{ deviceName: 'a', status: 'created', secret: 'x' }];
    const page = { productId: 'P', taskId: 'T', page: 1, pageSize: 20, totalItems: 1, totalPages: 1, devices };
    expect((await contractFaults('GET', RESULTS, answer(page))).join('\n')).toMatch(/body\/devices\/0/);
  });
});
