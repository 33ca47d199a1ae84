import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiError, createClient, type Client, type DeviceResult } from '../../client/src/index.ts';
import { contractFaults } from '../support/contract.ts';
import { startStage, type StartedStage } from '../support/offlineStage.ts';

const sample = { productId: 'ABCED12345', taskId: 'abcdedf123456789' };
const batch = { productId: 'BATCH12345', taskId: 'batch100devices1' };

describe('the typed client', () => {
  let stage: StartedStage;
  let client: Client;
  const answers: Response[] = [];
  const faults: string[] = [];

  /** Every answer the client gets is held against the document. */
  const watchedFetch: typeof globalThis.fetch = async (input, init) => {
    if (typeof input !== 'string') throw new TypeError('the client asks for texts alone');
    const response = await fetch(input, init);
    answers.push(response);
    faults.push(...(await contractFaults(init?.method ?? 'GET', new URL(input).pathname, response)));
    return response;
  };
  const open = (token: string | (() => Promise<string>), options: { fetch?: typeof globalThis.fetch } = {}) =>
    createClient({ baseUrl: stage.url, token, fetch: watchedFetch, ...options });

  beforeAll(async () => {
    stage = await startStage();
    client = open(() => stage.token());
  });
  /** Each test answers for its own requests, whichever tests ran before it. */
  function checkAnswers(): void {
    expect(answers.splice(0).length).toBeGreaterThan(0);
    expect(faults.splice(0)).toEqual([]);
  }
  afterEach(checkAnswers);
  afterAll(async () => {
    await stage.interrupt();
  });

  const codeOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'no error',
      (error: unknown) => (error instanceof ApiError ? error.code : error),
    );

  it('creates a batch of CSV, reads it while it waits, finds it in the list, and exports it once it is cancelled', async () => {
    const created = await client.createBatch('PSK1234567', 'deviceName\nclient-batch-1\nclient-batch-2\n');
    const devices = [];
    for await (const device of client.eachDevice(created, { status: 'pending' })) devices.push(device);
    expect(devices).toEqual(['client-batch-1', 'client-batch-2'].map((deviceName) => ({ deviceName, status: 'pending' })));
    for await (const listed of client.batches('PSK1234567')) {
      expect(listed).toMatchObject({ batchId: created.batchId, pendingDevices: 2 });
      break;
    }
    expect(await client.cancelBatch(created)).toMatchObject({ status: 'completed', failedDevices: 2 });
    expect(await client.device(created, 'client-batch-2')).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const [csv] = await Promise.all([new Response(readable).text(), client.exportCsv(created, writable)]);
    expect(csv.split('\r\n').map((line) => line.split(',').slice(0, 2))).toEqual([['deviceName', 'status'], ['client-batch-1', 'failed'], ['client-batch-2', 'failed'], ['']]);
  });

  it('creates a batch, follows it to its end, and reads its keys', async () => {
    const task = await client.createTask('PSK1234567', ['client-1', 'client-2', 'test_device2']);
    expect(task).toMatchObject({ productId: 'PSK1234567', status: 'pending', totalDevices: 3 });
    const states: string[] = [];
    const done = await client.waitForTask(task, { onProgress: ({ status }) => states.push(status) });
    expect([states.at(-1), done]).toMatchObject(['completed', { createdDevices: 2, failedDevices: 1 }]);
    const devices: DeviceResult[] = [];
    for await (const device of client.eachDevice(task, { include: 'credentials' })) devices.push(device);
    expect(devices).toMatchObject([
      { deviceName: 'client-1', status: 'created', credentials: { type: 'psk', psk: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/) } },
      { deviceName: 'client-2', status: 'created', credentials: { type: 'psk' } },
      { deviceName: 'test_device2', status: 'failed', error: { code: 'device-name-exists' } },
    ]);
  });

  it('creates once where the answer to the first request is lost', async () => {
    let lost = 0;
    const losing: typeof globalThis.fetch = async (input, init) => {
      const response = await watchedFetch(input, init);
      if (lost > 0) return response;
      lost += 1;
      throw new TypeError('the connection was lost');
    };
    const task = await open(() => stage.token(), { fetch: losing }).createTask('PSK1234567', ['lost-1']);
    const [first, second] = answers.slice(-2);
    expect([lost, first?.headers.get('idempotency-replayed'), second?.headers.get('idempotency-replayed')]).toEqual([1, null, 'true']);
    expect(await client.waitForTask(task)).toMatchObject({ createdDevices: 1, failedDevices: 0 });
  });

  it('reads a batch of a hundred in pages, in order, filtered or not', async () => {
    const names: string[] = [];
    for await (const { deviceName } of client.eachDevice(batch, { pageSize: 30 })) names.push(deviceName);
    expect([names.length, names[0], names[99]]).toEqual([100, 'sensor-001', 'sensor-100']);
    const failed: string[] = [];
    for await (const device of client.eachDevice(batch, { status: 'failed' })) if (device.status === 'failed') failed.push(device.error.code);
    expect(failed).toHaveLength(7);
    expect(await client.listDevices(batch, { page: 2, pageSize: 99 })).toMatchObject({ page: 2, totalPages: 2, devices: [{ deviceName: 'sensor-100' }] });
  });

  it('finds a batch again by its product, and one of its devices by its name', async () => {
    const task = await client.createTask('PSK1234567', ['found:1', 'found:2']);
    const newest = await client.tasks('PSK1234567', { pageSize: 1 }).next();
    expect(newest).toMatchObject({ done: false, value: { taskId: task.taskId, totalDevices: 2, createdAt: task.createdAt } });
    await client.waitForTask(task);
    const seen: string[] = [];
    for await (const { taskId } of client.tasks('PSK1234567', { pageSize: 1 })) seen.push(taskId);
    expect([seen[0], new Set(seen).size]).toEqual([task.taskId, seen.length]);
    const psk = expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/);
    expect(await client.device(task, 'found:2', { include: 'credentials' })).toEqual({ deviceName: 'found:2', status: 'created', credentials: { type: 'psk', psk } });
    expect(await codeOf(client.device(task, 'Found:2'))).toBe('device-not-found');
    expect(await codeOf(client.device(task, 'found%3A2'))).toBe('invalid-request');
  });

  it('tells errors by their codes', async () => {
    expect(await codeOf(client.getTask({ ...sample, taskId: 'nosuchtask' }))).toBe('task-not-found');
    expect(await codeOf(client.createTask('NOSUCH', ['a']))).toBe('product-not-found');
    expect(await codeOf(client.createTask('PSK1234567', ['a', 'a']))).toBe('invalid-request');
    expect(await codeOf(open('nonsense').getTask(sample))).toBe('unauthorized');
    const reader = open(await stage.token({ scope: 'devices:read' }));
    expect(await codeOf(reader.listDevices(sample, { include: 'credentials' }))).toBe('forbidden');
    expect(await codeOf(reader.createTask('PSK1234567', ['a']))).toBe('forbidden');
    expect(await codeOf(client.createTask('PSK1234567', ['x'.repeat(11 * 1024 * 1024)]))).toBe('payload-too-large');
    await client.createTask('PSK1234567', ['keyed-1'], { idempotencyKey: 'client-key' });
    expect(await codeOf(client.createTask('PSK1234567', ['keyed-2'], { idempotencyKey: 'client-key' }))).toBe('idempotency-key-reused');
  });

  it('asks for the health of the service without a token', async () => {
    expect(await open('nonsense').getHealth()).toMatchObject({ status: 'ok', stage: 'offline' });
  });
});
