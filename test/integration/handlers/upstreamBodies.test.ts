import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemKinds } from '../../../lib/problemKinds.ts';
import { startScriptedUpstream, succeed, type ScriptedAnswer, type ScriptedUpstream } from '../../support/scriptedUpstream.ts';
import { createApi, createCountingStore, createPieces } from '../../support/stack.ts';

const CANARY = 'upstream-secret-canary';
const task = '/v1/products/P/device-tasks/T';

// What the vendor ought to say. Every generated answer below departs from it in a way that leaves no result.
const goodStatus = { taskStatus: 2, taskID: 'T' };
const device = { deviceName: 'a', deviceCert: 'CERT', devicePrivateKey: CANARY, result: 0 };
const goodResults = { taskID: 'T', totalDevNum: 2, listCreateDeviceInfo: [device, { deviceName: 'b', result: 2001 }] };

const reply = (body: string | Buffer, status = 200): ScriptedAnswer => ({ kind: 'reply', status, body });
const envelope = (payload: object) => JSON.stringify({ code: 0, message: '', codeDesc: 'Success', ...payload });
const wrongScalar = fc.constantFrom<unknown>(null, true, '', ' ', '1.5', '1e1', '0x2', 1.5, -1, 1e21, 2 ** 60, [], {}, [2], CANARY, '99999999999999999999');
const text = fc.string({ unit: 'binary', maxLength: 40 });

/** No answer of the API at all. */
const noEnvelope = fc.oneof(
  fc.jsonValue().map((value) => reply(JSON.stringify(value === null || typeof value !== 'object' ? value : { value }))),
  text.map((body) => reply(`\u0000${body}`)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => reply(Buffer.concat([Buffer.from([0xff]), bytes]))),
  fc.constantFrom('', 'null', '[]', '{}', '{"code":0', '{"code":0}}', '<html>busy</html>', '\ufeff', '{"code":null}', '[{"code":0}]', '['.repeat(10_000)).map((body) => reply(body)),
  fc.tuple(fc.constantFrom(201, 204, 301, 302, 400, 403, 404, 429, 500, 502, 503), fc.constantFrom(envelope(goodStatus), CANARY)).map(([status, body]) =>
    reply(status === 204 ? '' : body, status),
  ),
  wrongScalar.filter((value) => value !== '99999999999999999999').map((code) => reply(JSON.stringify({ ...goodResults, ...goodStatus, code: typeof code === 'number' ? `x${code}` : code }))),
);

const brokenOff = fc.constantFrom<ScriptedAnswer>(
  { kind: 'reset-after-request' },
  { kind: 'truncated', body: envelope(goodResults) },
  { kind: 'truncated', body: '' },
);

const refusal = fc
  .record({
    code: fc.oneof(fc.constantFrom(4000, 4100, 4104, 4110, 4200, 4300, 4400, 4500, 5000, 5100, 5300, 6000, 6100, 6200, -1, '4000', '-9'), fc.integer().filter((code) => code !== 0)),
    message: fc.oneof(
      fc.constantFrom<unknown>('(2006)x', '（2012）x', '(2100)', '(0)', '(-1)', '（999999999999）', `${CANARY} Timestamp = 1556706450`, 'Timestamp = 99999999999', null, 5, {}),
      text,
    ),
    codeDesc: fc.oneof(fc.constantFrom<unknown>('NotFound', `x ${CANARY}`, null, 7, ['a']), text),
  })
  .map((body) => reply(JSON.stringify({ ...goodResults, ...goodStatus, ...body })));

const badStatus = fc.oneof(
  wrongScalar.map((taskStatus) => succeed({ ...goodStatus, taskStatus })),
  fc.integer({ min: 3 }).map((taskStatus) => succeed({ ...goodStatus, taskStatus })),
  fc.constantFrom('t', 'U', 'T ', ' ').map((taskID) => succeed({ ...goodStatus, taskID })),
  fc.constantFrom(succeed({}), succeed({ taskID: 'T' }), succeed({ ...goodStatus, taskID: 7 })),
);

const withMember = (name: string, value: unknown) => ({ ...device, deviceName: 'b', [name]: value });

const badDevice = fc.oneof(
  fc.constantFrom<unknown>(null, 1, CANARY, [], {}, { deviceName: 'b' }, { result: 0 }),
  wrongScalar.filter((result) => result !== -1).map((result) => withMember('result', result)),
  fc.constantFrom<unknown>(null, 1, '', 'x'.repeat(257), ['b']).map((deviceName) => withMember('deviceName', deviceName)),
  fc.tuple(fc.constantFrom('deviceCert', 'devicePrivateKey', 'devicePsk', 'errMsg'), fc.constantFrom<unknown>(1, true, {}, [CANARY])).map(([name, value]) => withMember(name, value)),
);

const badResults = fc.oneof(
  badDevice.map((one) => succeed({ ...goodResults, listCreateDeviceInfo: [device, one] })),
  fc.integer({ min: 3, max: 20_000 }).map((totalDevNum) => succeed({ ...goodResults, totalDevNum })),
  fc.constantFrom(0, 1, '1').map((totalDevNum) => succeed({ ...goodResults, totalDevNum })),
  wrongScalar.map((totalDevNum) => succeed({ ...goodResults, totalDevNum })),
  fc.constantFrom<unknown>(null, {}, 'a', 0, [], [device]).map((listCreateDeviceInfo) => succeed({ ...goodResults, listCreateDeviceInfo })),
  fc.constantFrom('t', 'U').map((taskID) => succeed({ ...goodResults, taskID })),
  fc.constantFrom(succeed({}), succeed({ totalDevNum: 0 }), succeed({ listCreateDeviceInfo: [] })),
);

interface Script {
  readonly status: ScriptedAnswer;
  readonly results: ScriptedAnswer;
}

const script: fc.Arbitrary<Script> = fc.oneof(
  fc.oneof({ weight: 8, arbitrary: noEnvelope }, { weight: 8, arbitrary: refusal }, { weight: 8, arbitrary: badStatus }, { weight: 1, arbitrary: brokenOff })
    .map((status) => ({ status, results: succeed(goodResults) })),
  fc.oneof({ weight: 8, arbitrary: noEnvelope }, { weight: 8, arbitrary: refusal }, { weight: 12, arbitrary: badResults }, { weight: 1, arbitrary: brokenOff })
    .map((results) => ({ status: succeed(goodStatus), results })),
);

let current: Script = { status: succeed(goodStatus), results: succeed(goodResults) };
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream({
    otherwise: ({ params }) => (params['Action'] === 'GetMultiDevices' ? current.results : current.status),
  });
});
afterAll(() => upstream.close());

function setUp() {
  const { store, counts } = createCountingStore();
  const lines: string[] = [];
  const pieces = createPieces({ store, endpoint: upstream.endpoint, write: (line) => lines.push(line) });
  return { ...createApi(pieces), counts, lines };
}

it('would answer and store what the vendor ought to say', async () => {
  const { send, counts } = setUp();
  expect(await send(`${task}/devices`, { query: 'include=credentials' })).toMatchObject({
    status: 200,
    json: { devices: [{ credentials: { privateKey: CANARY } }, { status: 'failed' }] },
  });
  expect(counts.saves).toBe(1);
});

it('makes of 2,000 generated answers neither a result nor a fault of its own, and stores none', async () => {
  const { send, counts, lines } = setUp();
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (answers, isFollow) => {
      current = answers;
      const { status, json, text: body } = await send(isFollow ? task : `${task}/devices`);
      const code = String(json?.['code']);
      seen.set(code, (seen.get(code) ?? 0) + 1);
      expect(code).not.toBe('internal-error');
      expect(problemKinds[code as keyof typeof problemKinds]?.status).toBe(status);
      expect(body).not.toContain(CANARY);
    }),
    { numRuns: 2000, seed: 20_261_124 },
  );
  expect(counts.saves).toBe(0);
  expect(lines.join('\n')).not.toContain(CANARY);
  const kinds = ['upstream-malformed', 'upstream-error', 'upstream-unavailable', 'upstream-auth-failed', 'upstream-rate-limited', 'task-not-found', 'invalid-request'];
  expect(kinds.filter((kind) => (seen.get(kind) ?? 0) < 5)).toEqual([]);
});
