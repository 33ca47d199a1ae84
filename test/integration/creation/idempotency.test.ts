import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallDynamoDb } from '../../../lib/store/dynamoDbApi.ts';
import { freePort } from '../../support/freePort.ts';
import { root } from '../../../tools/paths.ts';
import { wireCreation, type ChildOrder, type CreationChanges } from '../../support/creationChild.ts';
import { refuse, replyStatus, startScriptedUpstream, succeed, type ScriptStep } from '../../support/scriptedUpstream.ts';
import { fullClaims, startStack, type Api, type Stack } from '../../support/stack.ts';

const PATH = '/v1/products/ABCED12345/device-tasks';

let stack: Stack;
let serial = 0;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

/** Where nobody listens. */
const closedOrigin = async () => `http://127.0.0.1:${await freePort()}`;

const newNames = (count = 2) => Array.from({ length: count }, () => `created-${(serial += 1)}`);

function create(api: Api, deviceNames: readonly string[], headers: Record<string, string> = {}, path = PATH) {
  const body = JSON.stringify({ deviceNames });
  return api.send(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

const creations = () => stack.emulator.countCalls('CreateMultiDevice');

describe('a creation with an Idempotency-Key', () => {
  it('happens once, however many ask at the same time', async () => {
    const api = stack.open();
    const names = newNames();
    const replies = await Promise.all(Array.from({ length: 8 }, () => create(api, names, { 'idempotency-key': 'at-once' })));
    expect(creations()).toBe(1);
    const firsts = replies.filter((reply) => reply.status === 202 && reply.headers['idempotency-replayed'] === undefined);
    const replays = replies.filter((reply) => reply.headers['idempotency-replayed'] === 'true');
    const waiting = replies.filter((reply) => reply.status === 409);
    expect([firsts.length, replays.length + waiting.length]).toEqual([1, 7]);
    for (const replay of replays) expect(replay.json).toEqual(firsts[0]?.json);
    for (const reply of waiting) {
      expect(reply.json).toMatchObject({ code: 'idempotency-key-in-progress', retryable: true });
      expect(reply.headers['retry-after']).toMatch(/^\d+$/);
    }
  });

  it('is answered again as it was, quoted or bare', async () => {
    const api = stack.open();
    const names = newNames();
    const first = await create(api, names, { 'idempotency-key': '"twice"' });
    const second = await create(api, names, { 'Idempotency-Key': 'twice' });
    expect([second.status, second.text]).toEqual([202, first.text]);
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect([second.headers['location'], second.headers['retry-after']]).toEqual([first.headers['location'], first.headers['retry-after']]);
    expect(creations()).toBe(1);
  });

  it('is refused with another body, or the same names in another order', async () => {
    const api = stack.open();
    const names = newNames();
    await create(api, names, { 'idempotency-key': 'reused' });
    for (const other of [newNames(), names.toReversed()])
      expect(await create(api, other, { 'idempotency-key': 'reused' })).toMatchObject({
        status: 422,
        json: { code: 'idempotency-key-reused', retryable: false },
      });
    expect(creations()).toBe(1);
  });

  it("is another one for another caller, product or account", async () => {
    const api = stack.open();
    const key = { 'idempotency-key': 'mine' };
    const send = (claims: object, productId: string, to = api) => {
      const options = { method: 'POST', headers: key, body: JSON.stringify({ deviceNames: newNames() }), claims: { ...claims } };
      return to.send(`/v1/products/${productId}/device-tasks`, options);
    };
    const { sub: _sub, ...client } = fullClaims;
    const callers = [fullClaims, { ...fullClaims, sub: 'another' }, { ...fullClaims, iss: 'https://other/' }, client];
    for (const claims of callers) expect((await send(claims, 'ABCED12345')).status).toBe(202);
    expect((await send(fullClaims, 'PSK1234567')).status).toBe(202);
    expect((await send(fullClaims, 'ABCED12345', stack.open())).status).toBe(202);
    expect((await send(fullClaims, 'ABCED12345')).status).toBe(422);
  });

  it('frees the key after a definite refusal', async () => {
    const api = stack.open();
    const key = { 'idempotency-key': 'freed' };
    const refused = await create(api, newNames(), key, '/v1/products/UNKNOWN/device-tasks');
    expect([refused.status, refused.json?.['code']]).toEqual([404, 'product-not-found']);
    expect(await api.countItems()).toBe(0);
    const again = await create(api, newNames(), key, '/v1/products/UNKNOWN/device-tasks');
    expect([again.status, creations()]).toEqual([404, 2]);
  });

  it('sends nothing where the key cannot be recorded', async () => {
    const api = stack.open({ DYNAMODB_ENDPOINT: await closedOrigin() });
    const reply = await create(api, newNames(), { 'idempotency-key': 'unrecorded' });
    expect([reply.status, reply.json?.['code'], reply.json?.['retryable']]).toEqual([503, 'idempotency-unavailable', true]);
    expect(reply.headers['retry-after']).toMatch(/^\d+$/);
    expect(creations()).toBe(0);
    expect((await create(api, newNames())).status).toBe(202);
  });

  it.each(['', ' ', '"', '"open', 'with space', '"with space"', 'ünicode', 'x'.repeat(256), '""', '"\\x"'])(
    'is refused with the key %j, which is none',
    async (key) => {
      const reply = await create(stack.open(), newNames(), { 'idempotency-key': key });
      expect(reply).toMatchObject({ status: 400, json: { errors: [{ in: 'header', name: 'Idempotency-Key' }] } });
      expect(creations()).toBe(0);
    },
  );
});

describe('a creation whose outcome is unknown', () => {
  const lost: Record<string, ScriptStep> = {
    'is not answered': { kind: 'hang' },
    'breaks after it was sent': { kind: 'reset-after-request' },
    'is answered in part': { kind: 'truncated', body: '{"code":0,"taskID":"' },
    'is answered with no JSON': { kind: 'reply', body: '<html>busy</html>' },
    'is answered with another status': replyStatus(502),
    'is answered without a task': succeed({}),
    'is refused with 6000': refuse(6000, 'internal server error'),
    'is refused with 2100': refuse(4000, '(2100)internal error'),
  };

  it.each(Object.keys(lost))('is never repeated when it %s, with the same key neither', async (how) => {
    const upstream = await startScriptedUpstream({ otherwise: lost[how] ?? { kind: 'hang' } });
    try {
      const api = stack.open({ IOTCLOUD_ENDPOINT: upstream.endpoint, IOTCLOUD_TIMEOUT_MS: '300' });
      const names = newNames();
      for (let time = 1; time <= 2; time += 1) {
        const reply = await create(api, names, { 'idempotency-key': `lost-${how.replaceAll(' ', '-')}` });
        expect(reply).toMatchObject({ status: 504, json: { code: 'task-creation-unknown', retryable: false } });
        expect(reply.json?.['detail']).toContain("vendor's console");
        expect(reply.headers['retry-after']).toBeUndefined();
      }
      expect(upstream.requests).toHaveLength(1);
      expect(await create(api, newNames(), { 'idempotency-key': `lost-${how.replaceAll(' ', '-')}` })).toMatchObject({ status: 422 });
    } finally {
      await upstream.close();
    }
  });

  it('is a plain 503 where it surely never left', async () => {
    const api = stack.open({ IOTCLOUD_ENDPOINT: `${await closedOrigin()}/v2/index.php` });
    const reply = await create(api, newNames(), { 'idempotency-key': 'never-left' });
    expect([reply.status, reply.json?.['code'], await api.countItems()]).toEqual([503, 'upstream-unavailable', 0]);
  });
});

function orderOf(key: string): ChildOrder {
  return {
    endpoint: stack.emulator.endpoint,
    databaseEndpoint: stack.testTable.place.endpoint,
    tableName: stack.testTable.tableName,
    account: stack.open().account,
    productId: 'ABCED12345',
    deviceNames: newNames(),
    key,
    callerHash: 'caller',
    endsAtMs: Date.now() + 12_000,
  };
}

/** @returns what the creation came to, an error too */
function createAt(order: ChildOrder, nowMs: number, changes: CreationChanges = {}): Promise<unknown> {
  return wireCreation(order, () => nowMs, changes)().catch((error: unknown) => error);
}

/** Holds back the first write that puts an item into a state: its caller gives up, and it lands when the test says. */
function delayWrite(state: string) {
  const late: (() => Promise<unknown>)[] = [];
  const call = (inner: CallDynamoDb): CallDynamoDb =>
    async (operation, input) => {
      if (late.length > 0 || operation !== 'PutItem' || !JSON.stringify(input).includes(`"state":{"S":"${state}"}`)) return inner(operation, input);
      late.push(() => inner(operation, input));
      throw new Error('no answer in time');
    };
  return { call, land: () => late[0]?.() };
}

describe('a claim that is written after its release', () => {
  it('keeps the key until its deadline, then it is free for any body: nothing was sent', async () => {
    const order = orderOf('late-claim');
    const { call, land } = delayWrite('claimed');
    const startMs = Date.now();
    expect(await createAt(order, startMs, { call })).toMatchObject({ code: 'idempotency-unavailable' });
    await land();
    expect(await createAt(order, startMs + 1000)).toMatchObject({ code: 'idempotency-key-in-progress' });
    expect(await createAt(order, order.endsAtMs - 1)).toMatchObject({ code: 'idempotency-key-in-progress' });
    expect(creations()).toBe(0);
    const other = { ...order, deviceNames: newNames(), endsAtMs: order.endsAtMs + 12_000 };
    expect(await createAt(other, order.endsAtMs)).toMatchObject({ isReplay: false });
    expect(await createAt(other, order.endsAtMs)).toMatchObject({ isReplay: true });
    expect(creations()).toBe(1);
  });

  it('never turns into a creation: a claimant that was taken over sends nothing', async () => {
    const order = orderOf('taken-over');
    const takers: unknown[] = [];
    const call = (inner: CallDynamoDb): CallDynamoDb =>
      async (operation, input) => {
        const output = await inner(operation, input);
        // The claimant sleeps past its deadline between its claim and what it would do next.
        if (operation === 'PutItem' && JSON.stringify(input).includes('"S":"claimed"'))
          takers.push(await createAt({ ...order, endsAtMs: order.endsAtMs + 12_000 }, order.endsAtMs));
        return output;
      };
    expect(await createAt(order, Date.now(), { call })).toMatchObject({ code: 'idempotency-unavailable' });
    expect([takers, creations()]).toMatchObject([[{ isReplay: false }], 1]);
    expect(await createAt(order, order.endsAtMs + 1)).toMatchObject({ isReplay: true });
  });
});

describe('a claim whose turn to sending cannot be written', () => {
  it('sends nothing and frees the key, however late the write lands', async () => {
    const order = orderOf('unsent');
    const { call, land } = delayWrite('sending');
    expect(await createAt(order, Date.now(), { call })).toMatchObject({ code: 'idempotency-unavailable' });
    await expect(land()).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(creations()).toBe(0);
    expect(await createAt(order, Date.now())).toMatchObject({ isReplay: false });
    expect(creations()).toBe(1);
  });
});

describe('a process that dies between the answer and the record', () => {
  it('leaves the key in progress until its deadline, then unknown, never free', async () => {
    const order = orderOf('killed');
    const child = fork(join(root, 'test', 'support', 'creationChild.ts'));
    child.send(order);
    await once(child, 'message');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const repeat = (nowMs: number) => createAt(order, nowMs);
    expect(await repeat(order.endsAtMs - 1000)).toMatchObject({ code: 'idempotency-key-in-progress' });
    expect(await repeat(order.endsAtMs)).toMatchObject({ code: 'task-creation-unknown' });
    expect(await repeat(order.endsAtMs + 3_600_000)).toMatchObject({ code: 'task-creation-unknown' });
    expect(creations()).toBe(1);
    // A day later the key is forgotten.
    expect(await repeat(Date.now() + 25 * 3_600_000)).toMatchObject({ isReplay: false });
  });
});
