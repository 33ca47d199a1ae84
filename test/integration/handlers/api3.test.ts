import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../offline/emulator/startEmulator.ts';
import { emulatorKey } from '../../support/emulatorClient.ts';
import { startStack, type Api, type Stack } from '../../support/stack.ts';

const batch = '/v1/products/BATCH12345/device-tasks/batch100devices1';
const certificates = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
const psks = '/v1/products/PSK1234567/device-tasks/pskdedf123456789';
const reads = [batch, `${batch}/devices`, `${batch}/devices?status=failed&pageSize=3`, `${certificates}/devices?include=credentials`, `${psks}/devices?include=credentials`];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const overApi3 = () => ({ IOTCLOUD_API: '2018-06-14', IOTCLOUD_ENDPOINT: stack.emulator.api3Endpoint });

/** Everything a client sees but what names the request. */
async function see(api: Api, path: string) {
  const [own = path, query = ''] = path.split('?');
  const { status, headers, text } = await api.send(own, { query });
  const { 'x-request-id': _id, traceparent: _trace, 'cache-status': cache, ...rest } = headers;
  return { cache: cache?.replace(/ttl=\d+/, 'ttl=N'), seen: { status, text, ...rest } };
}

describe('a stage over API 3.0', () => {
  it.each(reads)('answers %s as over the query API', async (path) => {
    const [v2, api3] = [stack.open(), stack.open(overApi3())];
    const [before, after] = [await see(v2, path), await see(api3, path)];
    // A copy of each account's own, stored a moment apart.
    const withoutExpiry = ({ seen }: typeof before) => ({ ...seen, etag: '', text: seen.text.replace(/"expiresAt":"[^"]+"/, '') });
    expect([before.cache, after.cache]).toEqual(['iotcloud-rest; fwd=miss; stored', 'iotcloud-rest; fwd=miss; stored']);
    expect(withoutExpiry(after)).toEqual(withoutExpiry(before));
  });

  it('takes two calls for a cold page, and none for a stored one', async () => {
    const api = stack.open(overApi3());
    await api.send(`${batch}/devices`);
    expect(stack.emulator.calls.map(({ action, code }) => [action, code])).toEqual([
      ['DescribeMultiDevTask', ''],
      ['DescribeMultiDevices', ''],
    ]);
    await api.send(`${batch}/devices?page=2`);
    expect(stack.emulator.countCalls()).toBe(2);
  });

  it('creates once, with an Idempotency-Key', async () => {
    const api = stack.open(overApi3());
    const request = {
      method: 'POST',
      body: JSON.stringify({ deviceNames: ['over-api3-1', 'test_device2'] }),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
    };
    const path = '/v1/products/PSK1234567/device-tasks';
    const [first, second] = [await api.send(path, request), await api.send(path, request)];
    expect([first.status, second.status, second.headers['idempotency-replayed'], second.text]).toEqual([202, 202, 'true', first.text]);
    expect(stack.emulator.countCalls('CreateMultiDevice')).toBe(1);
  });

  it('tells what the vendor refused with', async () => {
    const { status, json } = await stack.open(overApi3()).send('/v1/products/ABCED12345/device-tasks/nosuchtask');
    expect([status, json]).toMatchObject([
      404,
      { code: 'task-not-found', upstream: { api: '2018-06-14', code: 'ResourceNotFound.TaskNotExist', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) } },
    ]);
  });

  it('follows the vendor`s clock as its answers tell it', async () => {
    const late = await startEmulator({ ...emulatorKey, ...stack.seed, now: () => Date.now() + 3_600_000 });
    try {
      const api = stack.open({ ...overApi3(), IOTCLOUD_ENDPOINT: late.api3Endpoint });
      expect((await api.send(`${certificates}/devices`)).status).toBe(200);
      expect(late.calls.map(({ code }) => code)).toEqual(['AuthFailure.SignatureExpire', '', '']);
    } finally {
      await late.close();
    }
  });
});

describe('a stage that moves to API 3.0 and back', () => {
  it('serves what it stored with the same bytes and entity tags, without the vendor', async () => {
    const shared = { IOTCLOUD_ACCOUNT: 'moved', CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64') };
    const before = stack.open(shared);
    for (const path of reads) await see(before, path);
    stack.emulator.clearCalls();
    const stored = await Promise.all(reads.map((path) => see(before, path)));
    const after = stack.open({ ...shared, ...overApi3() });
    expect(await Promise.all(reads.map((path) => see(after, path)))).toEqual(stored);
    const back = stack.open(shared);
    expect(await Promise.all(reads.map((path) => see(back, path)))).toEqual(stored);
    expect(stored.map(({ cache }) => cache)).toEqual(reads.map(() => 'iotcloud-rest; hit; ttl=N'));
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('keeps its idempotency keys', async () => {
    const shared = { IOTCLOUD_ACCOUNT: 'moved-keys' };
    const request = {
      method: 'POST',
      body: JSON.stringify({ deviceNames: ['moved-1'] }),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'moved' },
    };
    const path = '/v1/products/PSK1234567/device-tasks';
    const first = await stack.open(shared).send(path, request);
    const replayed = await stack.open({ ...shared, ...overApi3() }).send(path, request);
    expect([replayed.status, replayed.headers['idempotency-replayed'], replayed.text]).toEqual([202, 'true', first.text]);
  });
});
