import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handle } from '../../../handlers/getDeviceResults.ts';
import { createBatchContainer } from '../../../lib/batchContainer.ts';
import { functions } from '../../../lib/functions/functions.ts';
import { createHandler } from '../../../lib/http/createHandler.ts';
import { hashCaller } from '../../../lib/http/idempotencyKey.ts';
import type { MetricName } from '../../../lib/metrics.ts';
import { freePort } from '../../support/freePort.ts';
import { invoke, makeEvent, type Claims, type EventOptions } from '../../support/apiGatewayEvent.ts';
import { captureOutput } from '../../support/captureOutput.ts';
import { findEmfFaults } from '../../support/emfRules.ts';
import { PARENT_SPAN, results, startMixedRun, tasks, type Line, type Served } from '../../support/mixedRun.ts';
import { createApi, fullClaims } from '../../support/stack.ts';
import { sampleAccessLine } from '../../../tools/sampleAccessLine.ts';

const CACHE_METRICS: readonly MetricName[] = ['CacheHit', 'CacheMiss', 'CacheBypass', 'CacheFault', 'KmsFailure', 'CredentialsRead'];
const VENDOR_METRICS: readonly MetricName[] = ['VendorCalls', 'VendorLatency', 'VendorAuthFailed', 'VendorUnavailable', 'VendorTimeout', 'VendorRateLimited', 'VendorMalformed', 'VendorError', 'BreakerOpen'];
const METRICS: readonly string[] = ['Duration', 'ColdStart', 'Errors', 'InternalError', 'CreationUnknown', 'IdempotencyUnavailable', 'QueueUnavailable', 'StoreUnavailable', ...CACHE_METRICS, ...VENDOR_METRICS];

let output = '';
function takeTexts(): string[] {
  const texts = output.split('\n').slice(0, -1);
  output = '';
  return texts;
}
function captureAll(): void {
  output = '';
  vi.spyOn(Math, 'random').mockReturnValue(0); // no pause between attempts
  captureOutput((text) => void (output += text));
}

let run: Awaited<ReturnType<typeof startMixedRun>>;
let all: readonly Served[];
let lines: readonly Line[];
beforeAll(async () => {
  run = await startMixedRun(takeTexts);
  // Nobody listens there: KMS is out of reach.
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', `http://127.0.0.1:${await freePort()}`).stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'offline').stubEnv('AWS_SECRET_ACCESS_KEY', 'offline');
  captureAll();
  all = await run.serveAll();
  lines = all.flatMap((served) => served.lines);
  vi.restoreAllMocks();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await run.close();
});
beforeEach(captureAll);

const isEmf = (line: Line) => '_aws' in line;
const withoutMetrics = (line: Line) => Object.fromEntries(Object.entries(line).filter(([name]) => name !== '_aws' && !METRICS.includes(name)));
const isTime = expect.toSatisfy((value: unknown) => Number.isFinite(value) && Number(value) >= 0);
const ofEveryLine = { timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), service: 'iotcloud-rest', stage: 'test', api: 'v2' };
const hash = ({ iss, sub }: Claims) => hashCaller({ iss: String(iss), sub: String(sub), client: undefined, scopes: new Set(), products: undefined }).slice(0, 16);

/** The ids as the answer tells them, in the caller's trace if it sent one. */
function idsOf({ reply, traceparent }: Pick<Served, 'reply' | 'traceparent'>) {
  const [, traceId = 'none', spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-0[01]$/.exec(reply.headers['traceparent'] ?? '') ?? [];
  expect([traceId, spanId]).not.toEqual(['none', PARENT_SPAN]);
  expect(traceId).toBe(traceparent?.split('-')[1] ?? traceId);
  return { requestId: reply.headers['x-request-id'], traceId };
}

const isOfOurs = expect.any(Array);
/** What a refusal or fault adds to its line; of one of our own, where it came from. */
function causesOf(code: unknown): Record<string, unknown>[] {
  if (code === 'internal-error') return [{ errorName: 'ConfigError', errorFrames: isOfOurs, variable: 'TASK_TABLE' }];
  return code === undefined ? [{}] : [{}, { cause: expect.stringMatching(/^[\w /-]+$/) }];
}

/** The line that stands once a request, at its end: what the answer shows and the gateway cannot tell, and what it took. */
function expectRequestLine(line: Line, served: Served): void {
  const { reply, functionName, claims, vendorCalls } = served;
  const cache = reply.headers['cache-status'];
  const code = reply.json?.['code'];
  const isKnown = claims !== undefined && functionName.includes('Device');
  const wanted = {
    ...ofEveryLine,
    ...idsOf(served),
    level: reply.status >= 500 ? 'ERROR' : 'INFO',
    event: 'request',
    route: functionName,
    status: reply.status,
    ...(isKnown ? { caller: hash(claims) } : {}),
    ...(cache === undefined ? {} : { cache: cache.replace('iotcloud-rest; ', '') }),
    ...(code === undefined ? {} : { code }),
  };
  expect(causesOf(code).map((causes) => ({ ...wanted, ...causes }))).toContainEqual(withoutMetrics(line));
  expect([line['VendorCalls'] ?? 0, line['Duration'] ?? 0, line['VendorLatency'] ?? 0]).toEqual([vendorCalls, isTime, isTime]);
}

/** A line written on the way: of a fault the answer does not show, or of credentials that leave. */
function expectOtherLine(line: Line, served: Served): void {
  const { iss, sub, client_id: client } = fullClaims;
  const audit = { level: 'INFO', event: 'credentials-read', iss, sub, client, productId: 'P', taskId: 'T', devices: 2 };
  const fault = { level: 'WARN', event: expect.stringMatching(/^[a-z-]+$/), errorName: expect.any(String), errorFrames: isOfOurs };
  const isAudit = line['event'] === 'credentials-read';
  expect(withoutMetrics(line)).toEqual({ ...ofEveryLine, ...idsOf(served), ...(isAudit ? audit : fault) });
  expect(isEmf(line)).toBe(!isAudit);
}

describe('a mixed run over every route', () => {
  it('is as mixed as it says', () => {
    const seen = (name: string) => new Set(lines.flatMap((line) => line[name] ?? []));
    expect(seen('route')).toEqual(new Set([...Object.keys(functions), 'fallback']));
    expect(seen('status')).toEqual(new Set([200, 202, 302, 304, 400, 401, 403, 404, 405, 409, 415, 422, 500, 502, 503, 504]));
    const caches = JSON.stringify([...seen('cache')]);
    for (const outcome of ['hit; ttl=', 'fwd=miss; stored"', 'fwd=miss"', 'fwd=bypass"']) expect(caches).toContain(`"${outcome}`);
    const faults = ['cache-read-failed', 'cache-write-failed', 'stored-secret-unreadable', 'idempotency-unavailable'];
    expect([...seen('event')]).toEqual(expect.arrayContaining(['request', 'credentials-read', ...faults]));
  });

  it('leaves one line a request, its last, that carries what the answer shows and what it took', () => {
    for (const served of all) {
      expect(served.lines.filter((line) => line['event'] === 'request')).toEqual(served.lines.slice(-1));
      expectRequestLine(served.lines.at(-1) ?? {}, served);
    }
  });

  it('leaves no other line that does not name its request and trace', () => {
    const others = all.flatMap((served) => served.lines.slice(0, -1).map((line) => [line, served] as const));
    expect(others.length).toBeGreaterThan(5);
    for (const [line, served] of others) expectOtherLine(line, served);
  });

  it('leaves EMF documents that CloudWatch can read, one for each request that has a metric', () => {
    const documents = all.flatMap(({ texts }) => texts.filter((_text, index) => isEmf(JSON.parse(texts[index] ?? '{}') as Line))); // as parsed before
    for (const document of documents) expect([document, findEmfFaults(document, Date.now())]).toEqual([document, []]);
    const measured = lines.filter((line) => line['event'] === 'request' && Object.keys(line).some((name) => METRICS.includes(name)));
    expect(measured.filter((line) => !isEmf(line))).toEqual([]);
    expect(measured.length).toBeGreaterThan(all.length / 2);
  });

  it('leaves no metric that is 0', () => {
    expect(lines.flatMap((line) => METRICS.filter((name) => line[name] === 0))).toEqual([]);
  });

  it('leaves every metric there is, in no more sets of dimensions than there are functions', () => {
    expect(new Set(lines.flatMap((line) => Object.keys(line)).filter((name) => /^[A-Z]/.test(name)))).toEqual(new Set(METRICS));
    const sets = new Set(lines.filter(isEmf).map(({ service, stage, route }) => JSON.stringify([service, stage, route])));
    expect(sets.size).toBe(Object.keys(functions).length + 2); // the fallback, and faults, which name no route
  });
});

describe('what a read leaves in both logs together', () => {
  it('is 1.2 KB at the most, the audit line of a read with secrets apart', async () => {
    const container = createBatchContainer(run.makeEnvironment({ STAGE: 'staging', LOG_LEVEL: 'INFO' }));
    const handler = createHandler(functions.getDeviceResults, handle, () => container);
    const read = async (options: EventOptions = {}) => {
      takeTexts();
      const { status } = await invoke(handler, makeEvent({ path: results, claims: fullClaims, ...options }), { awsRequestId: crypto.randomUUID() });
      const texts = takeTexts();
      const requests = texts.filter((text) => (JSON.parse(text) as Line)['event'] === 'request'); // as written
      const bytes = [...requests, sampleAccessLine()].reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
      return { status, others: texts.length - requests.length, requests: requests.length, bytes };
    };
    const [cold, stored] = [await read(), await read()];
    const withSecrets = await read({ query: 'include=credentials' });
    const unchanged = await read({ headers: { 'if-none-match': '*' } });
    expect([cold, stored, withSecrets, unchanged].map(({ status, requests, others }) => [status, requests, others])).toEqual([
      [200, 1, 0],
      [200, 1, 0],
      [200, 1, 1],
      [304, 1, 0],
    ]);
    for (const { bytes } of [cold, stored, withSecrets, unchanged]) expect(bytes).toBeLessThanOrEqual(1200);
    expect(stored.bytes).toBeLessThanOrEqual(950);
  });
});

it('ties every fault to its own request if many are served at once', async () => {
  const { send } = createApi(createBatchContainer(run.makeEnvironment({ TASK_TABLE: 'no-such-table' })));
  const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => send(`${tasks}/T${index}`)));
  const written = takeTexts().map((text) => JSON.parse(text) as Line); // as above
  const ids = replies.map((reply) => idsOf({ reply, traceparent: undefined }));
  expect(new Set(ids.map(({ requestId }) => requestId)).size).toBe(20);
  for (const event of ['request', 'cache-read-failed']) {
    const told = written.filter((line) => line['event'] === event).map(({ requestId, traceId }) => ({ requestId, traceId }));
    expect(told).toHaveLength(20);
    expect(told).toEqual(expect.arrayContaining(ids));
  }
});

it('leaves metrics and the audit line, and nothing of the request, if the level is above it', async () => {
  const { send } = createApi(createBatchContainer(run.makeEnvironment({ LOG_LEVEL: 'ERROR' })));
  const reply = await send(results, { query: 'include=credentials' });
  const written = takeTexts().map((text) => JSON.parse(text) as Line); // as above
  const { timestamp: _time, ...ofMetrics } = ofEveryLine;
  expect(written.map(withoutMetrics)).toEqual([
    expect.objectContaining({ ...ofEveryLine, ...idsOf({ reply, traceparent: undefined }), event: 'credentials-read', devices: 2 }),
    { ...ofMetrics, route: 'getDeviceResults' },
  ]);
  expect(written.map(isEmf)).toEqual([false, true]);
  expect(written[1]).toMatchObject({ CacheMiss: 1, CredentialsRead: 2 });
});

it('leaves such a line of a function that is configured wrongly, too, where the alarms of its stage look', async () => {
  vi.unstubAllEnvs().stubEnv('STAGE', 'prod').stubEnv('LOG_LEVEL', 'LOUD');
  const handler = createHandler(functions.getDeviceResults, handle, () => createBatchContainer());
  const reply = await invoke(handler, makeEvent({ path: results, claims: fullClaims }));
  const texts = takeTexts();
  const line = { ...idsOf({ reply, traceparent: undefined }), stage: 'prod', level: 'ERROR', status: 500, variable: 'LOG_LEVEL', caller: hash(fullClaims) };
  expect(texts.map((text) => JSON.parse(text) as Line)).toMatchObject([line]);
  expect(findEmfFaults(texts.join(''), Date.now())).toEqual([]);
});

it('says that the stage is unknown if its name is what is wrong', async () => {
  vi.unstubAllEnvs().stubEnv('STAGE', 'pr od');
  await invoke(createHandler(functions.getDeviceResults, handle, () => createBatchContainer()), makeEvent({ path: results, claims: fullClaims }));
  expect(takeTexts().map((text) => JSON.parse(text) as Line)).toMatchObject([{ stage: 'unknown', variable: 'STAGE' }]);
});
