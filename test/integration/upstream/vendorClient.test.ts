import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSecret } from '../../../lib/secret.ts';
import { emulatorEpochMs, signEmulatorParams } from '../../support/emulatorClient.ts';
import {
  refuse,
  replyJson,
  replyStatus,
  startScriptedUpstream,
  succeed,
  type ScriptedAnswer,
  type ScriptedUpstream,
} from '../../support/scriptedUpstream.ts';
import { anyCall, createTestClient, createTestClock, createTestKeys, createTestContext, testKey, type TestClientParts } from '../../support/createTestClient.ts';

const DAY_S = 24 * 60 * 60;
const epochS = emulatorEpochMs / 1000;
const success = succeed({ answer: 'yes' });
const outcomeOfSuccess = { ok: true, value: { answer: 'yes' } };

let upstream: ScriptedUpstream;
let clock: ReturnType<typeof createTestClock>;

const createClient = (parts: TestClientParts = {}) => createTestClient(upstream.endpoint, { clock, ...parts });
const column = (name: string) => upstream.requests.map(({ params }) => params[name]);
/** The text of a 4200 or 4500 that tells the vendor's clock. */
const tellClock = (clockS: number) => `请求被拒绝，请求重复, Timestamp 与腾讯服务器相差不能超过 2 小时, 腾讯服务器 Timestamp = ${clockS}`;

function expectAllSigned(): void {
  const { host } = new URL(upstream.endpoint);
  expect(upstream.requests).not.toHaveLength(0);
  for (const { httpMethod, params } of upstream.requests) {
    const { Signature, ...unsigned } = params;
    const signed = signEmulatorParams({ httpMethod: httpMethod === 'GET' ? 'GET' : 'POST', host, params: unsigned });
    expect(Signature).toBe(signed['Signature']);
  }
}

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  clock = createTestClock();
});
afterEach(() => upstream.close());

describe('a call', () => {
  it('carries the common parameters, all of them signed', async () => {
    upstream.script(success);
    expect(await createClient().read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(column('Signature')).toEqual([expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/)]);
    expect(upstream.requests[0]?.params).toEqual({
      Action: 'AnyAction',
      name: 'value',
      Region: 'gz',
      Timestamp: String(epochS),
      Nonce: '1',
      SecretId: testKey.secretId,
      SignatureMethod: 'HmacSHA256',
      Signature: expect.any(String),
    });
    expectAllSigned();
  });

  it('signs with HmacSHA1 where it is configured, and says so', async () => {
    upstream.script(success);
    await createClient({ signatureMethod: 'HmacSHA1' }).read(anyCall, createTestContext());
    expect(column('SignatureMethod')).toEqual(['HmacSHA1']);
    expect(column('Signature')).toEqual([expect.stringMatching(/^[A-Za-z0-9+/]{27}=$/)]);
    expectAllSigned();
  });

  it('sends the token of temporary credentials, signed', async () => {
    upstream.script(success);
    const keys = createTestKeys({ ...testKey, token: createSecret('a/token+of=theirs') });
    await createClient({ keys }).read(anyCall, createTestContext());
    expect(column('Token')).toEqual(['a/token+of=theirs']);
    expectAllSigned();
  });

  it('cannot override a common parameter', async () => {
    upstream.script(success);
    await createClient().read({ ...anyCall, parameters: { Action: 'Other', SecretId: 'other' } }, createTestContext());
    expect([column('Action'), column('SecretId')]).toEqual([['AnyAction'], [testKey.secretId]]);
  });

  it('goes by GET where it is short and by POST, with no query, where it is long', async () => {
    upstream.script(success, success);
    const client = createClient();
    await client.read(anyCall, createTestContext());
    const listDeviceName = Array.from({ length: 100 }, (_, index) => String(index).padStart(48, ':'));
    await client.read({ ...anyCall, parameters: { listDeviceName } }, createTestContext());
    expect(upstream.requests).toMatchObject([{ httpMethod: 'GET', body: '' }, { httpMethod: 'POST', url: '/v2/index.php' }]);
    expect(upstream.requests[1]?.params).toMatchObject({ 'listDeviceName.0': listDeviceName[0], 'listDeviceName.99': listDeviceName[99] });
    expectAllSigned();
  });

  it('counts its attempts and their time', async () => {
    upstream.script(
      () => {
        clock.advance(300);
        return refuse(6000);
      },
      () => {
        clock.advance(40);
        return success;
      },
    );
    const context = createTestContext();
    await createClient().read(anyCall, context);
    expect(context.tally).toMatchObject({ vendorCalls: 2, vendorMs: 340 });
  });
});

describe('the connection', () => {
  it('is kept for reads and a new one for each creation', async () => {
    upstream.script(success, success, success, success, success);
    const client = createClient();
    for (const method of ['read', 'create', 'read', 'create', 'read'] as const) await client[method](anyCall, createTestContext());
    expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 2, 1, 3, 1]);
  });
});

const transient: Record<string, ScriptedAnswer> = {
  'a connection reset after the request': { kind: 'reset-after-request' },
  'a body that ends too early': { kind: 'truncated', body: '{"code":0' },
  'HTTP 502': replyStatus(502, {}, '<html>Bad Gateway</html>'),
  'HTTP 404': replyStatus(404),
  'a redirect': replyStatus(302, { location: 'http://127.0.0.1:9/' }),
  'a body without end': { kind: 'flood' },
  'a body that is no JSON': { kind: 'reply', body: '<html>' },
  'an empty body': { kind: 'reply', body: '' },
  'JSON that is no envelope': replyJson([0]),
  'a success of another shape': succeed({ answer: 1 }),
  'code 6000': refuse(6000),
  'code 5100': refuse(5100),
  'module code 2100': refuse(5000, '（2100）内部服务器错误，请联系技术人员'),
  'code 4400': refuse(4400),
  'code 4200': refuse(4200),
  'code 4500': refuse('4500', tellClock(epochS)),
};

const final: Record<string, ScriptedAnswer> = {
  'code 6200': refuse(6200),
  'code 4000': refuse(4000),
  'code 4300': refuse(4300),
  'code 5000': refuse(5000),
  'code 6100': refuse(6100),
  'an unknown code': refuse(12345),
  'module code 2006': refuse(6000, '(2006)task does not exist'),
};

describe('a read', () => {
  it.each(Object.keys(transient))('is sent again after %s, signed anew', async (name) => {
    upstream.script(transient[name] as ScriptedAnswer, success);
    expect(await createClient().read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(column('Nonce')).toEqual(['1', '2']);
    expect(new Set(column('Signature')).size).toBe(2);
    expectAllSigned();
  });

  it.each(Object.keys(transient))('is given up after three times %s', async (name) => {
    const answer = transient[name] as ScriptedAnswer;
    upstream.script(answer, answer, answer, success);
    expect(await createClient().read(anyCall, createTestContext())).toMatchObject({ ok: false });
    expect(column('Nonce')).toEqual(['1', '2', '3']);
  });

  it('is sent again after a time-out, and given up after three', async () => {
    const client = createClient({ timeoutMs: 150 });
    upstream.script({ kind: 'hang' }, success, { kind: 'trickle' }, { kind: 'hang' }, { kind: 'trickle' }, success);
    expect(await client.read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(await client.read(anyCall, createTestContext())).toEqual({ ok: false, failure: { kind: 'timeout', sent: true } });
    expect(column('Nonce')).toEqual(['1', '2', '3', '4', '5']);
  });

  it('is sent with any time-out there can be', async () => {
    upstream.script({ kind: 'hang' }, { kind: 'hang' }, { kind: 'hang' });
    const context = createTestContext();
    expect(await createClient({ timeoutMs: 20 }).read(anyCall, context)).toEqual({ ok: false, failure: expect.objectContaining({ kind: 'timeout' }) });
    expect(context.tally.vendorCalls).toBe(3);
  });

  it('is sent again after a refused connection', async () => {
    const { endpoint } = upstream;
    await upstream.close();
    const context = createTestContext();
    const outcome = await createTestClient(endpoint, { clock }).read(anyCall, context);
    expect(outcome).toEqual({ ok: false, failure: { kind: 'connection', sent: false, reason: 'ECONNREFUSED' } });
    expect(context.tally.vendorCalls).toBe(3);
    upstream = await startScriptedUpstream();
  });

  it.each(Object.keys(final))('is not sent again after %s', async (name) => {
    upstream.script(final[name] as ScriptedAnswer, success);
    expect(await createClient().read(anyCall, createTestContext())).toMatchObject({ failure: { kind: 'refusal' } });
    expect(upstream.requests).toHaveLength(1);
  });

  it('backs off longer each time', async () => {
    upstream.script(refuse(6000), refuse(6000), success);
    await createClient().read(anyCall, createTestContext());
    expect(clock.pausesMs).toEqual([199, 399]);
  });

  it('is not sent again where its deadline would come first', async () => {
    const client = createClient();
    upstream.script(refuse(6000), success, refuse(6000), success);
    // One pause of 199 ms and the 50 ms a call needs at least.
    expect(await client.read(anyCall, createTestContext(clock.now() + 248))).toMatchObject({ failure: { upstream: { code: 6000 } } });
    expect([upstream.requests.length, clock.pausesMs]).toEqual([1, []]);
  });

  it('is sent again where its deadline just allows it', async () => {
    upstream.script(refuse(6000), success);
    expect(await createClient().read(anyCall, createTestContext(clock.now() + 250))).toEqual(outcomeOfSuccess);
  });

  it('ends at its deadline, before its own time-out', async () => {
    const context = createTestContext(clock.now() + 150);
    expect(await createClient().read(anyCall, context)).toEqual({ ok: false, failure: { kind: 'timeout', sent: true } });
    expect(upstream.requests).toHaveLength(1);
  });

  it('is not sent at all where its deadline has passed', async () => {
    const context = createTestContext(clock.now());
    expect(await createClient().read(anyCall, context)).toEqual({ ok: false, failure: { kind: 'no-time-left' } });
    expect([upstream.requests.length, context.tally.vendorCalls]).toEqual([0, 0]);
  });
});

describe("the vendor's clock", () => {
  it.each([
    [4200, 7200],
    [4200, -7200],
    [4500, 3600],
    [4500, -DAY_S],
    [4500, DAY_S],
  ])('is taken from a %i that tells it %i s off, and remembered', async (code, offS) => {
    upstream.script(refuse(code, tellClock(epochS + offS)), success, success, success);
    const client = createClient({ random: () => 0 });
    expect(await client.read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    clock.advance(5000);
    await client.read(anyCall, createTestContext());
    await client.create(anyCall, createTestContext());
    const timestamps = [epochS, epochS + offS, epochS + offS + 5, epochS + offS + 5];
    expect(column('Timestamp')).toEqual(timestamps.map(String));
  });

  it.each([DAY_S + 1, -DAY_S - 1])('is ignored where it is told %i s off', async (offS) => {
    upstream.script(refuse(4500, tellClock(epochS + offS)), success);
    await createClient({ random: () => 0 }).read(anyCall, createTestContext());
    expect(column('Timestamp')).toEqual([epochS, epochS].map(String));
  });

  it('is ignored in any other refusal', async () => {
    upstream.script(refuse(6000, tellClock(epochS + 3600)), success);
    await createClient({ random: () => 0 }).read(anyCall, createTestContext());
    expect(column('Timestamp')).toEqual([epochS, epochS].map(String));
  });

  it('is learned anew when it changes', async () => {
    upstream.script(refuse(4500, tellClock(epochS + 3600)), refuse(4500, tellClock(epochS - 60)), success);
    await createClient({ random: () => 0 }).read(anyCall, createTestContext());
    expect(column('Timestamp')).toEqual([epochS, epochS + 3600, epochS - 60].map(String));
  });
});

describe('a clock learned wrongly', () => {
  const wrongly = [epochS, epochS + 20 * 3600, epochS].map(String);

  it.each([4200, 4500])('is forgotten by a read refused with %i that tells none, which is sent again without it', async (code) => {
    upstream.script(refuse(4500, tellClock(epochS + 20 * 3600)), refuse(code), success, success);
    const client = createClient({ random: () => 0 });
    expect(await client.read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(await client.read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(column('Timestamp')).toEqual([...wrongly, String(epochS)]);
    expectAllSigned();
  });

  it.each([4200, 4500])('is forgotten by a creation refused with %i that tells none, which is sent again once', async (code) => {
    upstream.script(refuse(4500, tellClock(epochS + 20 * 3600)), refuse(6000), refuse(code), refuse(code), success);
    const client = createClient({ random: () => 0 });
    await client.create(anyCall, createTestContext());
    expect(column('Timestamp')).toEqual(wrongly.slice(0, 2));
    expect(await client.create(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code } } });
    expect(column('Timestamp')).toEqual([...wrongly.slice(0, 2), ...wrongly.slice(1)]);
  });

  it('is forgotten as well where the refusal tells a clock that is nonsense', async () => {
    upstream.script(refuse(4500, tellClock(epochS + 20 * 3600)), refuse(4500, tellClock(epochS + DAY_S + 1)), success);
    expect(await createClient({ random: () => 0 }).create(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(column('Timestamp')).toEqual(wrongly);
  });

  it('does not take away what another call has learned meanwhile', async () => {
    const client = createClient({ random: () => 0 });
    upstream.script(refuse(4500, tellClock(epochS + 20 * 3600)), refuse(6000));
    await client.create(anyCall, createTestContext());
    // Both are signed 20 h off; the first is told the true clock, the second none.
    upstream.script(refuse(4500, tellClock(epochS - 600)), refuse(4500), success, success, success);
    await Promise.all([client.create(anyCall, createTestContext()), client.create(anyCall, createTestContext())]);
    await client.read(anyCall, createTestContext());
    expect(column('Timestamp').slice(-3)).toEqual([epochS - 600, epochS - 600, epochS - 600].map(String));
  });
});

describe('a refused key', () => {
  const rotated = { secretId: 'AKIDrotated', secretKey: testKey.secretKey };

  const suspect = [4100, 4104, 4105].flatMap((code) => [['read', code], ['create', code]] as const);

  it.each(suspect)('is read again once; the %s refused with %i is signed with the new one, at once', async (method, code) => {
    const keys = createTestKeys(testKey, rotated);
    upstream.script(refuse(code), success);
    expect(await createClient({ keys })[method](anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(column('SecretId')).toEqual([testKey.secretId, rotated.secretId]);
    expect([keys.countRefreshes(), clock.pausesMs]).toEqual([1, []]);
    expectAllSigned();
  });

  it.each(['read', 'create'] as const)('is not read a second time for the same %s', async (method) => {
    const keys = createTestKeys(testKey, rotated, testKey);
    upstream.script(refuse(4100), refuse(4104), success);
    expect(await createClient({ keys })[method](anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code: 4104 } } });
    expect([upstream.requests.length, keys.countRefreshes()]).toEqual([2, 1]);
  });

  it('ends the call where reading it again brings no other', async () => {
    const keys = createTestKeys(testKey);
    upstream.script(refuse(4100), success);
    expect(await createClient({ keys }).read(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code: 4100 } } });
    expect([upstream.requests.length, keys.countRefreshes()]).toEqual([1, 1]);
  });

  it.each([4101, 4102, 4103, 4106, 4110, 4300])('is not suspected on a %i', async (code) => {
    const keys = createTestKeys(testKey, rotated);
    upstream.script(refuse(code), success);
    expect(await createClient({ keys }).read(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code } } });
    expect([upstream.requests.length, keys.countRefreshes()]).toEqual([1, 0]);
  });

  it('counts among the three attempts', async () => {
    const keys = createTestKeys(testKey, rotated);
    upstream.script(refuse(6000), refuse(6000), refuse(4100), success);
    expect(await createClient({ keys }).read(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code: 4100 } } });
    expect(upstream.requests).toHaveLength(3);
  });
});

describe('a creation', () => {
  it('is sent again, signed anew, after 4400', async () => {
    upstream.script(refuse(4400), refuse(4400), success);
    expect(await createClient().create(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(column('Nonce')).toEqual(['1', '2', '3']);
    expectAllSigned();
  });

  it('is given up after three times 4400', async () => {
    upstream.script(refuse(4400), refuse(4400), refuse(4400), success);
    expect(await createClient().create(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code: 4400 } } });
    expect(upstream.requests).toHaveLength(3);
  });

  it.each([
    [4500, 301],
    [4500, -301],
    [4500, 7200],
    [4200, 7200],
  ])('is sent again after a %i with a clock really %i s off', async (code, offS) => {
    upstream.script(refuse(code, tellClock(epochS + offS)), success);
    expect(await createClient({ random: () => 0 }).create(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(column('Timestamp')).toEqual([epochS, epochS + offS].map(String));
  });

  it.each([0, 300, -300, DAY_S + 1])('is not sent again after a 4500 with a clock told %i s off', async (offS) => {
    upstream.script(refuse(4500, tellClock(epochS + offS)), success);
    expect(await createClient().create(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code: 4500 } } });
    expect(upstream.requests).toHaveLength(1);
  });

  it('is not sent a third time where the told clock did not help', async () => {
    const skewed = refuse(4500, tellClock(epochS + 3600));
    upstream.script(skewed, skewed, success);
    expect(await createClient({ random: () => 0 }).create(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { code: 4500 } } });
    expect(upstream.requests).toHaveLength(2);
  });

  it('is sent again for its own wrong clock even where another call has learned it meanwhile', async () => {
    const client = createClient({ random: () => 0 });
    const skewed = refuse(4500, tellClock(epochS + 3600));
    upstream.script(skewed, skewed, success, success);
    const outcomes = await Promise.all([client.read(anyCall, createTestContext()), client.create(anyCall, createTestContext())]);
    expect(outcomes).toEqual([outcomeOfSuccess, outcomeOfSuccess]);
  });

  it.each(
    Object.keys(transient).filter((name) => name !== 'code 4400'),
  )('is never sent again after %s', async (name) => {
    upstream.script(transient[name] as ScriptedAnswer, success);
    expect(await createClient().create(anyCall, createTestContext())).toMatchObject({ ok: false });
    expect(upstream.requests).toHaveLength(1);
  });

  it.each(Object.keys(final))('is never sent again after %s', async (name) => {
    upstream.script(final[name] as ScriptedAnswer, success);
    expect(await createClient().create(anyCall, createTestContext())).toMatchObject({ ok: false });
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([4100, 4400, 4500])('is never sent again after a %i whose module code reports an inner fault', async (code) => {
    const keys = createTestKeys(testKey, testKey);
    upstream.script(refuse(code, `(2100)${tellClock(epochS + 3600)}`), success);
    expect(await createClient({ keys }).create(anyCall, createTestContext())).toMatchObject({ failure: { upstream: { moduleCode: 2100 } } });
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([{ kind: 'hang' }, { kind: 'trickle' }] as const)('is never sent again after a time-out on a $kind', async (answer) => {
    upstream.script(answer, success);
    const outcome = await createClient({ timeoutMs: 150 }).create(anyCall, createTestContext());
    expect(outcome).toEqual({ ok: false, failure: { kind: 'timeout', sent: true } });
    expect(upstream.requests).toHaveLength(1);
  });

  it('is never sent again after a connection that is lost with half of it', async () => {
    upstream.script({ kind: 'reset-during-request' }, success);
    const outcome = await createClient().create(anyCall, createTestContext());
    expect(outcome).toMatchObject({ failure: { kind: 'connection', sent: true } });
    expect(upstream.countConnections()).toBe(1);
  });

  it('is sent again after a refused connection: it was never sent', async () => {
    const { endpoint } = upstream;
    await upstream.close();
    const context = createTestContext();
    const outcome = await createTestClient(endpoint, { clock }).create(anyCall, context);
    expect(outcome).toMatchObject({ failure: { kind: 'connection', sent: false } });
    expect([context.tally.vendorCalls, clock.pausesMs.length]).toEqual([3, 2]);
    upstream = await startScriptedUpstream();
  });
});

describe('the breaker', () => {
  const down = async (client: ReturnType<typeof createClient>, reads: number) => {
    for (let count = 0; count < reads; count += 1) {
      upstream.script(refuse(6000), refuse(6000), refuse(6000));
      await client.read(anyCall, createTestContext());
    }
  };

  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('refuses the sixth read without a call, after five that failed with all their attempts', async () => {
    const client = createClient();
    await down(client, 5);
    expect(upstream.requests).toHaveLength(15);
    expect(await client.read(anyCall, createTestContext())).toEqual({ ok: false, failure: { kind: 'breaker-open' } });
    expect(upstream.requests).toHaveLength(15);
  });

  it('lets a read through 2 s later and closes on its success', async () => {
    const client = createClient();
    await down(client, 5);
    vi.setSystemTime(Date.now() + 2000);
    upstream.script(success, success);
    expect(await client.read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(await client.read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    expect(upstream.requests).toHaveLength(17);
  });

  it('stands in the way of no creation, and counts none', async () => {
    const client = createClient();
    await down(client, 5);
    upstream.script(success, refuse(6000), refuse(6000), refuse(6000), refuse(6000), refuse(6000), success);
    expect(await client.create(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
    const other = createClient();
    for (let count = 0; count < 5; count += 1) await other.create(anyCall, createTestContext());
    expect(await other.read(anyCall, createTestContext())).toEqual(outcomeOfSuccess);
  });
});
