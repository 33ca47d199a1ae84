import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startScriptedUpstream } from '../../support/scriptedUpstream.ts';
import { startStack, type Stack } from '../../support/stack.ts';

const task = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
const results = `${task}/devices`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0)); // no pause between attempts

/** The endpoint of a server that is gone. */
async function makeDeadEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has one
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

describe('results of a task under way', () => {
  it.each([
    [0, 'pending'],
    [1, 'running'],
  ] as const)('of status %i are a 409 that tells the status and when to ask again; nothing is stored', async (status, taskStatus) => {
    const taskId = `task-${taskStatus}`;
    stack.emulator.addTask({ productId: 'ABCED12345', taskId, devices: [], status });
    const { send, countItems } = stack.open();
    const path = `/v1/products/ABCED12345/device-tasks/${taskId}/devices`;
    const reply = await send(path, { query: 'include=credentials' });
    expect(reply.status).toBe(409);
    expect(reply.json).toEqual({
      type: 'urn:iotcloud-rest:problem:task-not-completed',
      title: 'The device task is not completed.',
      status: 409,
      detail: `The task is ${taskStatus}; its results can be read once it is completed.`,
      instance: path,
      code: 'task-not-completed',
      requestId: reply.headers['x-request-id'],
      retryable: true,
      taskStatus,
    });
    expect(reply.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '2',
      'cache-status': 'iotcloud-rest; fwd=miss',
    });
    expect(stack.emulator.calls.map((call) => call.action)).toEqual(['GetCreateMultiDevTask']);
    expect(await countItems()).toBe(0);
  });
});

describe('a task the vendor does not know', () => {
  it.each([
    ['an unknown task', '/v1/products/ABCED12345/device-tasks/nosuchtask', { code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' }],
    ['a task of another product', '/v1/products/PSK1234567/device-tasks/abcdedf123456789', { code: 4000, moduleCode: 2012, codeDesc: 'TaskNotMatch' }],
    ['an unknown product', '/v1/products/NOSUCH/device-tasks/abcdedf123456789', { code: 4000, moduleCode: 2012, codeDesc: 'TaskNotMatch' }],
  ])('is a 404 with the refusal of the vendor in numbers: %s', async (_name, path, upstream) => {
    const { send, countItems } = stack.open();
    for (const target of [path, `${path}/devices`]) {
      stack.emulator.clearCalls();
      const reply = await send(target);
      expect(reply).toMatchObject({
        status: 404,
        json: { code: 'task-not-found', upstream, retryable: false, instance: target },
        headers: { 'cache-status': 'iotcloud-rest; fwd=miss' },
      });
      expect(reply.text).not.toMatch(/[\u3000-\u9fff\uff00-\uffef]/u);
      expect(reply.headers).not.toHaveProperty('retry-after');
      expect(stack.emulator.countCalls()).toBe(1);
    }
    expect(await countItems()).toBe(0);
  });
});

describe('with the table out of reach', () => {
  it('every read is answered by the vendor, and says that the cache was left out', async () => {
    const { send, logLines } = stack.open({ DYNAMODB_ENDPOINT: await makeDeadEndpoint() });
    const bypass = { 'cache-status': 'iotcloud-rest; fwd=bypass' };
    for (let round = 1; round <= 2; round += 1) {
      stack.emulator.clearCalls();
      expect(await send(results)).toMatchObject({ status: 200, json: { totalItems: 2 }, headers: bypass });
      expect(await send(results, { query: 'include=credentials' })).toMatchObject({
        status: 200,
        json: { devices: [{ credentials: { privateKey: expect.any(String) } }, {}] },
        headers: { ...bypass, 'cache-control': 'no-store' },
      });
      expect(await send(task)).toMatchObject({ status: 200, json: { status: 'completed', totalDevices: 2 }, headers: bypass });
      expect(stack.emulator.countCalls()).toBe(6);
    }
    const reply = await send('/v1/products/ABCED12345/device-tasks/nosuchtask');
    expect(reply).toMatchObject({ status: 404, json: { code: 'task-not-found' }, headers: bypass });
    expect(logLines.some((line) => line.includes('"event":"cache-read-failed"'))).toBe(true);
  });

  it('answers are still tagged and revalidated', async () => {
    const { send } = stack.open({ DYNAMODB_ENDPOINT: await makeDeadEndpoint() });
    const { etag = '' } = (await send(results)).headers;
    expect((await send(results, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it('the same goes for a table that does not exist', async () => {
    const { send } = stack.open({ TASK_TABLE: 'no-such-table' });
    expect(await send(results)).toMatchObject({ status: 200, headers: { 'cache-status': 'iotcloud-rest; fwd=bypass' } });
  });
});

describe('with the vendor out of reach', () => {
  it('what is stored is served, and what is not is a 503 to be repeated', async () => {
    const own = await startStack();
    const { send, countItems } = own.open();
    await send(results);
    const stored = await countItems();
    await own.emulator.close();
    try {
      for (const path of [results, task]) {
        const reply = await send(path);
        expect(reply.status).toBe(200);
        expect(reply.headers['cache-status']).toContain('hit');
      }
      expect(await send(results, { query: 'include=credentials' })).toMatchObject({
        status: 200,
        json: { devices: [{ credentials: { privateKey: expect.any(String) } }, {}] },
      });
      const cold = await send('/v1/products/BATCH12345/device-tasks/batch100devices1/devices');
      expect(cold).toMatchObject({
        status: 503,
        json: { code: 'upstream-unavailable', retryable: true },
        headers: { 'retry-after': '5', 'cache-status': 'iotcloud-rest; fwd=miss' },
      });
      expect(cold.text).not.toMatch(/127\.0\.0\.1|ECONN/);
      expect(cold.json).not.toHaveProperty('upstream');
      expect(await countItems()).toBe(stored);
    } finally {
      await own.testTable.close();
    }
  });

  it('a vendor that never answers is a 504, within the time of the request', async () => {
    const upstream = await startScriptedUpstream();
    try {
      const { send } = stack.open({ IOTCLOUD_ENDPOINT: upstream.endpoint, IOTCLOUD_TIMEOUT_MS: '60' });
      const reply = await send(results);
      expect(reply).toMatchObject({ status: 504, json: { code: 'upstream-timeout', retryable: true } });
      expect(upstream.requests).toHaveLength(3);
    } finally {
      await upstream.close();
    }
  });

  it('refused credentials of ours are a 502 that tells nothing of them', async () => {
    const { send, countItems } = stack.open({ TENCENTCLOUD_SECRET_KEY: 'another-key-altogether' });
    const reply = await send(results);
    expect(reply).toMatchObject({ status: 502, json: { code: 'upstream-auth-failed', upstream: { code: 4100 }, retryable: false } });
    expect(reply.text).not.toMatch(/AKID|another-key|Signature/);
    expect(await countItems()).toBe(0);
  });
});
