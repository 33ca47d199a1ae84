import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { driveSteps } from '../../support/driveSteps.ts';
import { startStack, type Stack } from '../../support/stack.ts';

const BATCHES = '/v1/products/ABCED12345/device-batches';
const json = { 'content-type': 'application/json' };
const namesUpTo = (count: number, prefix = 'unit') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const creation = (deviceNames: readonly string[], headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { ...json, ...headers },
  body: JSON.stringify({ deviceNames }),
});

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
afterEach(() => void vi.useRealTimers());
const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

const open = (overrides: Record<string, string> = {}) => {
  const stage = stack.open(overrides);
  const send = async (path: string, options: Parameters<typeof stage.send>[1] = {}) => {
    const reply = await stage.send(path, options);
    return { ...reply, json: JSON.parse(reply.text || 'null') as Record<string, unknown> };
  };
  return { ...stage, send };
};

const countsOf = ({ totalDevices, createdDevices, failedDevices, unknownDevices, pendingDevices }: Record<string, unknown>) => [
  totalDevices,
  createdDevices,
  failedDevices,
  unknownDevices,
  pendingDevices,
];

describe('a batch', () => {
  it('of 250 devices is accepted, followed and completed, each name sent once', async () => {
    const stage = open();
    const names = namesUpTo(250, 'run');
    const accepted = await stage.send(BATCHES, creation(names));
    expect(accepted.status).toBe(202);
    expect(accepted.json).toMatchObject({ productId: 'ABCED12345', status: 'pending' });
    expect(countsOf(accepted.json)).toEqual([250, 0, 0, 0, 250]);
    const location = String(accepted.headers['location']);
    expect(accepted.headers).toMatchObject({ location: `${BATCHES}/${String(accepted.json['batchId'])}`, 'retry-after': '2', 'cache-control': 'no-store' });
    expect(stage.queue.lying()).toEqual([{ message: expect.objectContaining({ step: 'split' }), delayS: 5 }]);

    await driveSteps(stage, wait, 2);
    const running = await stage.send(location);
    expect(running.json['status']).toBe('running');
    expect(running.headers).toMatchObject({ 'retry-after': '2', 'cache-control': 'no-store' });
    await driveSteps(stage, wait);

    const completed = await stage.send(location);
    expect(completed.json).toMatchObject({ status: 'completed', completedAt: expect.any(String) });
    expect(countsOf(completed.json)).toEqual([250, 250, 0, 0, 0]);
    expect(completed.headers['retry-after']).toBeUndefined();
    expect(completed.headers['cache-control']).toBe('private, no-cache');
    const again = await stage.send(location, { headers: { 'if-none-match': String(completed.headers['etag']) } });
    expect(again.status).toBe(304);

    const calls = stack.emulator.calls.map(({ action }) => action);
    const looks = calls.filter((action) => action === 'GetCreateMultiDevTask').length;
    expect({ created: calls.filter((action) => action === 'CreateMultiDevice').length, read: calls.filter((action) => action === 'GetMultiDevices').length }).toEqual({ created: 3, read: 3 });
    expect(looks).toBeLessThanOrEqual(9);
    expect(stage.queue.lying()).toEqual([]);
    expect(await stage.container.services().sweepBatches()).toEqual({ openBatches: 0, openParts: 0, oldestAgeS: 0 });
  });

  it("is created over the vendor's other API just so", async () => {
    const stage = open({ IOTCLOUD_API: '2018-06-14', IOTCLOUD_ENDPOINT: stack.emulator.api3Endpoint });
    const { headers } = await stage.send(BATCHES, creation(namesUpTo(150, 'api3')));
    await driveSteps(stage, wait);
    expect(countsOf((await stage.send(String(headers['location']))).json)).toEqual([150, 150, 0, 0, 0]);
  });

  it('goes on after every message was lost, and tells of its end until the bus takes it', async () => {
    const told: unknown[] = [];
    let isBusAway = true;
    const publishCompleted = (batch: unknown) => (isBusAway ? Promise.reject(new Error('no bus')) : Promise.resolve(void told.push(batch)));
    const stage = stack.open({}, { events: { publishCompleted } });
    const sweep = async () => {
      wait(5 * 60_000);
      return stage.container.services().sweepBatches();
    };
    const { headers } = await stage.send(BATCHES, creation(namesUpTo(150, 'lost')));
    // The split, the looks, the completion.
    for (let lost = 0; lost < 3; lost += 1) {
      stage.queue.take();
      expect(await sweep()).toMatchObject({ openBatches: 1 });
      await driveSteps(stage, wait, 1);
    }
    await driveSteps(stage, wait);
    const { json: batch } = await stage.send(String(headers['location']));
    expect([batch?.['status'], batch?.['createdDevices'], told]).toEqual(['completed', 150, []]);
    isBusAway = false;
    expect(await sweep()).toEqual({ openBatches: 0, openParts: 0, oldestAgeS: 0 });
    await driveSteps(stage, wait);
    expect(told).toEqual([batch]);
    await sweep();
    expect(stage.queue.lying()).toEqual([]);
  });

  it('is accepted once a key, and a repeat answers with the batch as it stands', async () => {
    const stage = open();
    const key = { 'idempotency-key': 'k1' };
    const first = await stage.send(BATCHES, creation(namesUpTo(3, 'key'), key));
    const repeat = await stage.send(BATCHES, creation(namesUpTo(3, 'key'), key));
    expect([repeat.status, repeat.headers['idempotency-replayed'], repeat.json]).toEqual([202, 'true', first.json]);
    expect(repeat.headers).toMatchObject({ location: first.headers['location'], 'retry-after': '2' });
    const other = await stage.send(BATCHES, creation(namesUpTo(4, 'key'), key));
    expect([other.status, other.json['code']]).toEqual([422, 'idempotency-key-reused']);
    expect(stage.queue.steps()).toEqual(['split']);
    await driveSteps(stage, wait);
    const late = await stage.send(BATCHES, creation(namesUpTo(3, 'key'), key));
    expect([late.json['status'], late.headers['idempotency-replayed'], late.headers['retry-after']]).toEqual(['completed', 'true', undefined]);
  });

  it.each([
    [{ deviceNames: [] }, '/deviceNames'],
    [{ deviceNames: namesUpTo(10_001) }, '/deviceNames'],
    [{ deviceNames: ['a', 'b c', 'a'] }, '/deviceNames/1'],
    [{ deviceNames: ['a'], colour: 'red' }, '/colour'],
  ])('is refused whole, each fault with its place, and nothing is written', async (body, pointer) => {
    const stage = open();
    const { status, json: problem } = await stage.send(BATCHES, { method: 'POST', headers: json, body: JSON.stringify(body) });
    expect([status, problem['code']]).toEqual([400, 'invalid-request']);
    expect(problem['errors']).toContainEqual(expect.objectContaining({ in: 'body', pointer }));
    expect([await stage.countItems(), stage.queue.lying()]).toEqual([0, []]);
  });

  it('may be a megabyte, and no more', async () => {
    const { status, json: problem } = await open().send(BATCHES, { method: 'POST', headers: json, body: ' '.repeat(1024 * 1024 + 1) });
    expect([status, problem['code']]).toEqual([413, 'payload-too-large']);
  });

  it('is one of ten that a product may have open', async () => {
    const stage = open();
    const accepted = await Promise.all(Array.from({ length: 12 }, (_, index) => stage.send(BATCHES, creation([`open-${index}`]))));
    const countOf = (wanted: number) => accepted.filter(({ status }) => status === wanted).length;
    expect([countOf(202), countOf(409)]).toEqual([10, 2]);
    expect((await stage.send('/v1/products/PSK1234567/device-batches', creation(['a']))).status).toBe(202);
    await driveSteps(stage, wait);
    expect((await stage.send(BATCHES, creation(['open-again']))).status).toBe(202);
  });

  it('is cancelled where it was not sent, and retried once', async () => {
    const stage = open();
    const names = namesUpTo(250, 'cancel');
    const { headers } = await stage.send(BATCHES, creation(names));
    const location = String(headers['location']);
    await driveSteps(stage, wait, 1);
    const [first, ...others] = stage.queue.take();
    await stage.queue.send(first === undefined ? [] : [first]);
    await driveSteps(stage, wait, 1);
    const cancelled = await stage.send(`${location}/cancellation`, { method: 'POST' });
    expect([cancelled.status, ...countsOf(cancelled.json)]).toEqual([202, 250, 0, 150, 0, 100]);
    expect((await stage.send(`${location}/cancellation`, { method: 'POST' })).json).toEqual(cancelled.json);
    const early = await stage.send(`${location}/retries`, { method: 'POST' });
    expect([early.status, early.json['code']]).toEqual([409, 'batch-not-completed']);
    await stage.queue.send(others);
    await driveSteps(stage, wait);
    expect((await stage.send(location)).json).toMatchObject({ status: 'completed', createdDevices: 100, failedDevices: 150 });

    expect(await stage.send(`${location}/retries`, { method: 'POST', body: '{}' })).toMatchObject({ status: 400, json: { errors: [{ in: 'body', detail: 'must be empty' }] } });
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => stage.send(`${location}/retries`, { method: 'POST' })));
    const isFirst = (reply: (typeof atOnce)[number]) => reply.headers['idempotency-replayed'] === undefined;
    expect([atOnce.map(({ status }) => status), atOnce.filter(isFirst).length, new Set(atOnce.map((reply) => reply.json['batchId'])).size]).toEqual([Array(5).fill(202), 1, 1]);
    const retry = atOnce.find(isFirst) ?? atOnce[0];
    if (retry === undefined) throw new Error('no retry was made');
    expect([retry.status, retry.json['retryOf'], retry.json['totalDevices']]).toEqual([202, cancelled.json['batchId'], 150]);
    const again = await stage.send(`${location}/retries`, { method: 'POST' });
    expect([again.json['batchId'], again.headers['idempotency-replayed']]).toEqual([retry.json['batchId'], 'true']);
    await driveSteps(stage, wait);
    const done = await stage.send(String(retry.headers['location']));
    expect(countsOf(done.json)).toEqual([150, 150, 0, 0, 0]);
    const nothing = await stage.send(`${String(retry.headers['location'])}/retries`, { method: 'POST' });
    expect([nothing.status, nothing.json['code']]).toEqual([409, 'nothing-to-retry']);
  });

  it('of another product, or that there never was, is not found', async () => {
    const stage = open();
    const { json: batch } = await stage.send(BATCHES, creation(['lost']));
    for (const path of [`/v1/products/OTHER/device-batches/${String(batch['batchId'])}`, `${BATCHES}/01a20cff-7d00-7c3e-8f2b-6d1a0e9c4b57`]) {
      const { status, json: problem } = await stage.send(path);
      expect([status, problem['code']]).toEqual([404, 'batch-not-found']);
    }
  });

  it.each(['v2', '2018-06-14'])('of an unknown product fails with that code over %s, and cannot be retried', async (api) => {
    const stage = api === 'v2' ? open() : open({ IOTCLOUD_API: api, IOTCLOUD_ENDPOINT: stack.emulator.api3Endpoint });
    const { headers } = await stage.send('/v1/products/NOSUCH/device-batches', creation(namesUpTo(2)));
    await driveSteps(stage, wait);
    expect((await stage.send(String(headers['location']))).json).toMatchObject({ status: 'completed', failedDevices: 2 });
    const error = { code: 'product-not-found', legacyCode: 2008 };
    expect((await stage.send(`${String(headers['location'])}/devices`)).json).toMatchObject({ devices: [{ error }, { error }] });
    expect((await stage.send(`${String(headers['location'])}/retries`, { method: 'POST' })).json['code']).toBe('nothing-to-retry');
  });
});

describe('a queue out of reach', () => {
  it('makes no batch, and leaves nothing behind', async () => {
    const stage = stack.open({}, { queue: { send: () => Promise.reject(new Error('no queue')) } });
    const reply = await stage.send(BATCHES, creation(['a'], { 'idempotency-key': 'k' }));
    expect([reply.status, JSON.parse(reply.text)['code'], reply.headers['retry-after']]).toEqual([503, 'queue-unavailable', '5']);
    const left = (await stack.scanItems()).filter((item) => item['pk']?.S?.startsWith(`${stage.account}#`));
    expect(left.map((item) => [item['sk']?.S, item['state']?.S])).toEqual([['header', 'abandoned']]);
  });
});
