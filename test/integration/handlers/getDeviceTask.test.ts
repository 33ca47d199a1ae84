import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startStack, type Stack } from '../../support/stack.ts';

const seedPath = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
afterEach(() => void vi.useRealTimers());

describe('following a task', () => {
  it('fetches and stores a completed one, so that neither it nor its results cost a call again', async () => {
    const { send } = stack.open();
    const cold = await send(seedPath);
    expect(cold.headers['cache-status']).toBe('iotcloud-rest; fwd=miss; stored');
    expect(stack.emulator.calls.map((call) => call.action)).toEqual(['GetCreateMultiDevTask', 'GetMultiDevices']);
    stack.emulator.clearCalls();
    const warm = await send(seedPath);
    expect(warm.headers['cache-status']).toMatch(/^iotcloud-rest; hit; ttl=\d+$/);
    expect(warm.text).toBe(cold.text);
    expect((await send(`${seedPath}/devices`)).headers['cache-status']).toContain('hit');
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('shows the task of the contract, member for member', async () => {
    const { text, json } = await stack.open().send(seedPath);
    const expiresAt = json?.['expiresAt'];
    expect(expiresAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(text).toBe(
      JSON.stringify({
        productId: 'ABCED12345',
        taskId: 'abcdedf123456789',
        status: 'completed',
        totalDevices: 2,
        createdDevices: 1,
        failedDevices: 1,
        expiresAt,
      }),
    );
  });

  it('counts the devices of a large task', async () => {
    const reply = await stack.open().send('/v1/products/BATCH12345/device-tasks/batch100devices1');
    expect(reply.json).toMatchObject({ totalDevices: 100, createdDevices: 93, failedDevices: 7 });
  });

  it.each([
    [0, 'pending'],
    [1, 'running'],
  ] as const)('asks the vendor every time while the status is %i, and stores nothing', async (status, name) => {
    const taskId = `task-${name}`;
    stack.emulator.addTask({ productId: 'ABCED12345', taskId, devices: [], status });
    const { send, countItems } = stack.open();
    for (let round = 1; round <= 2; round += 1) {
      const reply = await send(`/v1/products/ABCED12345/device-tasks/${taskId}`);
      expect(reply.text).toBe(JSON.stringify({ productId: 'ABCED12345', taskId, status: name }));
      expect(reply.headers).toMatchObject({
        'cache-status': 'iotcloud-rest; fwd=miss',
        'cache-control': 'no-store',
        'retry-after': '2',
      });
      expect(stack.emulator.calls.map((call) => call.action)).toEqual(Array(round).fill('GetCreateMultiDevTask'));
    }
    expect(await countItems()).toBe(0);
  });

  it('sees a task through: created here, pending, running, completed, then stored until the task ends', async () => {
    const startMs = Date.UTC(2026, 10, 24, 10);
    vi.useFakeTimers({ toFake: ['Date'], now: startMs });
    const { send } = stack.open();
    const created = await send('/v1/products/PSK1234567/device-tasks', {
      method: 'POST',
      body: Buffer.from('{"deviceNames":["meter-1"]}').toString('base64'),
      isBase64Encoded: true,
    });
    expect(created).toMatchObject({ status: 202, json: { status: 'pending', totalDevices: 1 } });
    const task = created.headers['location'] ?? '';
    const expiresAt = '2026-12-24T10:00:00Z';
    for (const [afterMs, state] of [
      [0, { status: 'pending', expiresAt }],
      [1500, { status: 'running', expiresAt }],
      [4000, { status: 'completed', totalDevices: 1, createdDevices: 1, failedDevices: 0, expiresAt }],
    ] as const) {
      vi.setSystemTime(startMs + afterMs);
      expect((await send(task)).json).toMatchObject(state);
    }
    expect((await send(task)).headers['cache-status']).toBe(`iotcloud-rest; hit; ttl=${30 * 24 * 3600 - 4}`);
    vi.setSystemTime(startMs + 30 * 24 * 3600 * 1000);
    expect(await send(task)).toMatchObject({ status: 404, json: { code: 'task-not-found' } });
  });
});
