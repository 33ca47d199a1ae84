import { describe, expect, it } from 'vitest';
import { ApiError, type DeviceBatch } from '../../../client/src/index.ts';
import { problem, reply, scriptClient } from './stubFetch.ts';

const ref = { productId: 'P', batchId: '0193f6a0-0000-7000-8000-000000000001' };
const PATH = `/v1/products/P/device-batches/${ref.batchId}`;

const batch = (status: DeviceBatch['status'], createdDevices = 0): DeviceBatch => ({
  ...ref,
  status,
  totalDevices: 3,
  createdDevices,
  failedDevices: 0,
  unknownDevices: 0,
  pendingDevices: 3 - createdDevices,
  createdAt: '2026-11-24T10:00:00Z',
  expiresAt: '2026-12-24T10:00:00Z',
});

const codeOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'no error', (error: unknown) => (error instanceof ApiError ? error.code : error));

describe('createBatch', () => {
  async function* later(...names: string[]) {
    for (const name of names) yield await Promise.resolve(name);
  }

  it.each([
    ['an array', ['a', 'b']],
    ['a set', new Set(['a', 'b'])],
    ['an async iterable', later('a', 'b')],
  ])('sends the names of %s as JSON, with a key of its own', async (_what, names) => {
    const { client, sent } = scriptClient([reply(202, batch('pending'))]);
    expect(await client.createBatch('P', names)).toEqual(batch('pending'));
    expect(sent).toMatchObject([{ method: 'POST', url: 'https://api.test/base/v1/products/P/device-batches', body: '{"deviceNames":["a","b"]}' }]);
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
    expect(sent[0]?.headers.get('idempotency-key')).toMatch(/^[!-~]{16,}$/);
  });

  it('sends a text as CSV, as it is', async () => {
    const { client, sent } = scriptClient([reply(202, batch('pending'))]);
    await client.createBatch('P', 'deviceName\r\na\r\n', { idempotencyKey: 'mine' });
    expect(sent[0]?.body).toBe('deviceName\r\na\r\n');
    expect([sent[0]?.headers.get('content-type'), sent[0]?.headers.get('idempotency-key')]).toEqual(['text/csv', 'mine']);
  });

  it('repeats what may hide an accepted batch with the same key', async () => {
    const { client, sent, waitsMs } = scriptClient([problem(503, 'queue-unavailable', true, { 'retry-after': '5' }), new TypeError('lost'), reply(202, batch('pending'))]);
    await client.createBatch('P', ['a']);
    expect([new Set(sent.map(({ headers }) => headers.get('idempotency-key'))).size, sent.length, waitsMs[0]]).toEqual([1, 3, 5000]);
  });

  it('does not wait for other batches to end', async () => {
    const { client, sent } = scriptClient([problem(409, 'too-many-batches', true, { 'retry-after': '30' })]);
    expect([await codeOf(client.createBatch('P', ['a'])), sent.length]).toEqual(['too-many-batches', 1]);
  });
});

describe('a batch under way', () => {
  it('is followed as often as the answers say, each state told', async () => {
    const script = () => [reply(200, batch('pending'), { 'retry-after': '7' }), reply(200, batch('running', 1)), reply(200, batch('completed', 3))];
    const seen: number[] = [];
    const waiting = scriptClient(script());
    expect(await waiting.client.waitForBatch(ref, { onProgress: ({ createdDevices }) => seen.push(createdDevices) })).toEqual(batch('completed', 3));
    const following = scriptClient(script());
    for await (const { createdDevices } of following.client.followBatch(ref)) seen.push(createdDevices);
    expect([seen, waiting.waitsMs, following.waitsMs]).toEqual([[0, 1, 3, 0, 1, 3], [7000, 2000], [7000, 2000]]);
    expect(waiting.sent.map(({ method, url }) => [method, new URL(url).pathname])).toEqual(Array.from({ length: 3 }, () => ['GET', `/base${PATH}`]));
  });

  it('is no longer asked for by whoever stops following', async () => {
    const { client, sent } = scriptClient([reply(200, batch('running', 1))]);
    for await (const state of client.followBatch(ref)) if (state.createdDevices > 0) break;
    expect(sent).toHaveLength(1);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const { client } = scriptClient([reply(200, batch('running'))]);
    const waiting = client.waitForBatch(ref, { signal: controller.signal, onProgress: () => controller.abort('enough') });
    await expect(waiting).rejects.toBe('enough');
  });

  it('is cancelled, and its failures are retried, by a request without a body, which may be repeated', async () => {
    const { client, sent } = scriptClient([new TypeError('lost'), reply(202, batch('running')), reply(202, { ...batch('pending'), retryOf: ref.batchId })]);
    expect(await client.cancelBatch(ref)).toEqual(batch('running'));
    expect((await client.retryFailures(ref)).retryOf).toBe(ref.batchId);
    expect(sent.map(({ method, url, body, headers }) => [method, new URL(url).pathname, body, headers.get('content-type')])).toEqual([
      ['POST', `/base${PATH}/cancellation`, undefined, null],
      ['POST', `/base${PATH}/cancellation`, undefined, null],
      ['POST', `/base${PATH}/retries`, undefined, null],
    ]);
  });

  it('is not waited for by retryFailures', async () => {
    const { client, sent } = scriptClient([problem(409, 'batch-not-completed', true, { 'retry-after': '2' })]);
    expect([await codeOf(client.retryFailures(ref)), sent.length]).toEqual(['batch-not-completed', 1]);
  });
});

describe('the devices of a batch', () => {
  const page = (number: number, names: string[]) =>
    reply(200, { ...ref, page: number, pageSize: 500, totalItems: 3, totalPages: 2, devices: names.map((deviceName) => ({ deviceName, status: 'pending' })) });

  it('are read page after page, as large as they may be', async () => {
    const { client, sent } = scriptClient([page(1, ['a', 'b']), page(2, ['c']), page(1, []), page(2, [])]);
    const names: string[] = [];
    for await (const { deviceName } of client.eachDevice(ref)) names.push(deviceName);
    for await (const { deviceName } of client.eachDevice(ref, { include: 'credentials', status: 'unknown' })) names.push(deviceName);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual([
      '?pageSize=500&page=1',
      '?pageSize=500&page=2',
      '?pageSize=200&include=credentials&status=unknown&page=1',
      '?pageSize=200&include=credentials&status=unknown&page=2',
    ]);
    expect(new URL(sent[0]?.url ?? '').pathname).toBe(`/base${PATH}/devices`);
  });
});
