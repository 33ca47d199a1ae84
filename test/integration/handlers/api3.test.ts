import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { problemKinds } from '../../../lib/problemKinds.ts';
import { startEmulator } from '../../../offline/emulator/startEmulator.ts';
import { api3Api } from '../../support/api3Api.ts';
import { emulatorKey } from '../../support/emulatorClient.ts';
import { startScriptedUpstream } from '../../support/scriptedUpstream.ts';
import { startStack, type Api, type Stack } from '../../support/stack.ts';
import { refuseWith } from '../../support/vendorApi.ts';

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

  it('follows a task as running that the vendor calls done and whose results are not finished', async () => {
    const answers = {
      [api3Api.actions.status]: api3Api.answers.completed([]),
      [api3Api.actions.results]: refuseWith(api3Api, 'task-not-completed'),
    };
    const vendor = await startScriptedUpstream({ otherwise: ({ headers }) => answers[String(headers['x-tc-action'])] ?? { kind: 'hang' } });
    try {
      const api = stack.open(api3Api.configure(vendor.origin));
      expect(await api.send(certificates)).toMatchObject({ status: 200, json: { status: 'running' }, headers: { 'retry-after': '2', 'cache-control': 'no-store' } });
      const upstream = { api: '2018-06-14', code: 'UnauthorizedOperation.CreateMultiDeviceTaskNotFinished' };
      expect(await api.send(`${certificates}/devices`)).toMatchObject({ status: 409, json: { code: 'task-not-completed', taskStatus: 'running', upstream } });
      expect([vendor.requests.length, await api.countItems()]).toEqual([4, 0]);
    } finally {
      await vendor.close();
    }
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

describe('the demo, over either API at the same moment', () => {
  afterEach(() => void vi.useRealTimers());

  it('is answered with the same bytes and headers, cold and stored, but for request ids and traces', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const shared = { IOTCLOUD_ACCOUNT: 'demo', CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64') };
    const apis = [stack.open(shared), stack.open({ ...shared, ...overApi3() })];
    const forgetResults = async () => {
      for (const { pk, sk } of await stack.scanItems()) if (pk?.S?.startsWith('demo#task#')) await stack.testTable.table.remove(pk.S, sk?.S ?? '');
    };
    const readOverEach = async (path: string) => {
      const answers = [];
      for (const api of apis) {
        await forgetResults();
        answers.push([await see(api, path), await see(api, path)]);
      }
      const [overV2, overNewer] = answers;
      expect(overNewer).toEqual(overV2);
      return JSON.parse(overV2?.[0]?.seen.text ?? '') as { status?: string; devices?: unknown[] };
    };
    const names = Array.from({ length: 97 }, (_, index) => `demo-${index}`);
    const body = JSON.stringify({ deviceNames: [...names, 'sensor-001', 'sensor-002', 'sensor-003'] });
    const created = await apis[0]?.send('/v1/products/BATCH12345/device-tasks', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const task = created?.headers['location'] ?? '';
    for (const status of ['pending', 'running', 'completed']) {
      expect(await readOverEach(task)).toMatchObject({ status, totalDevices: 100 });
      vi.setSystemTime(Date.now() + 1500);
    }
    for (const page of [1, 2, 3, 4]) expect((await readOverEach(`${task}/devices?page=${page}&pageSize=25&include=credentials`)).devices).toHaveLength(25);
    const actions = new Set(stack.emulator.calls.map(({ action }) => action));
    expect([...actions].toSorted()).toEqual(['CreateMultiDevice', 'DescribeMultiDevTask', 'DescribeMultiDevices', 'GetCreateMultiDevTask', 'GetMultiDevices']);
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

  it('is told through which API a task was created that the one called now does not know', async () => {
    const shared = { IOTCLOUD_ACCOUNT: 'moved-tasks' };
    const headers = { 'content-type': 'application/json' };
    const created = await stack.open(shared).send('/v1/products/PSK1234567/device-tasks', { method: 'POST', headers, body: '{"deviceNames":["moved-2"]}' });
    const task = created.headers['location'] ?? '';
    const after = stack.open({ ...shared, ...overApi3() });
    expect((await after.send(task)).status).toBe(200);
    stack.emulator.deleteTask('PSK1234567', String(created.json?.['taskId']));
    const detail = "The task was created through the vendor's API v2; API 2018-06-14, which is called now, does not know it.";
    const upstream = { api: '2018-06-14', code: 'ResourceNotFound.TaskNotExist' };
    for (const path of [task, `${task}/devices`])
      expect(await after.send(path)).toMatchObject({ status: 404, json: { code: 'task-not-found', detail, upstream } });
    const unreachable = stack.open({ ...shared, ...overApi3(), TASK_TABLE: 'no-such-table' });
    expect((await unreachable.send(task)).json).toMatchObject({ code: 'task-not-found', detail: problemKinds['task-not-found'].detail });
    const back = stack.open(shared);
    expect((await back.send(task)).json).toMatchObject({ code: 'task-not-found', detail: problemKinds['task-not-found'].detail });
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
