import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackJson } from '../../../lib/store/packing.ts';
import { fullClaims, startStack, type Stack } from '../../support/stack.ts';
import type { Reply } from '../../support/apiGatewayEvent.ts';
import type { EmulatedDevice } from '../../../offline/emulator/register/entities.ts';

const seedPath = '/v1/products/ABCED12345/device-tasks/abcdedf123456789/devices';
const pskPath = '/v1/products/PSK1234567/device-tasks/pskdedf123456789/devices';
const batchPath = '/v1/products/BATCH12345/device-tasks/batch100devices1/devices';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const actions = () => stack.emulator.calls.map((call) => call.action);
const seedDevices = (taskId: string): readonly EmulatedDevice[] =>
  stack.seed.tasks.find((task) => task.taskId === taskId)?.devices ?? [];
const cacheOf = (reply: Reply) => reply.headers['cache-status'];
const devicesOf = (reply: Reply) => reply.json?.['devices'] as { deviceName: string; status: string }[]; // the page's schema

describe('reading results', () => {
  it('costs two upstream calls cold, and none from then on', async () => {
    const { send } = stack.open();
    const cold = await send(seedPath);
    expect(actions()).toEqual(['GetCreateMultiDevTask', 'GetMultiDevices']);
    expect(cacheOf(cold)).toBe('iotcloud-rest; fwd=miss; stored');
    stack.emulator.clearCalls();
    const warm = await send(seedPath);
    expect(cacheOf(warm)).toMatch(/^iotcloud-rest; hit; ttl=\d+$/);
    expect(warm).toMatchObject({ status: 200, text: cold.text });
    expect(warm.headers['etag']).toBe(cold.headers['etag']);
    for (const query of ['page=2', 'pageSize=1', 'status=failed', 'status=created&pageSize=1', 'include=credentials'])
      expect(cacheOf(await send(seedPath, { query }))).toContain('hit');
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('is a hit for another process of the same account, and for no other account', async () => {
    const first = stack.open();
    await first.send(seedPath);
    const sibling = stack.open({ IOTCLOUD_ACCOUNT: first.account });
    expect(cacheOf(await sibling.send(seedPath))).toContain('hit');
    expect(stack.emulator.countCalls()).toBe(0);
    expect(cacheOf(await stack.open().send(seedPath))).toContain('fwd=miss');
    expect(stack.emulator.countCalls()).toBe(2);
  });

  it('shows the task of the contract, member for member', async () => {
    const { send } = stack.open();
    const [first] = seedDevices('abcdedf123456789');
    const page = (credentials: object) => ({
      productId: 'ABCED12345',
      taskId: 'abcdedf123456789',
      page: 1,
      pageSize: 20,
      totalItems: 2,
      totalPages: 1,
      devices: [
        { deviceName: 'test_device1', status: 'created', credentials },
        {
          deviceName: 'test_device2',
          status: 'failed',
          error: { code: 'device-name-exists', legacyCode: 2001, message: 'A device with this name already exists.' },
        },
      ],
    });
    const certificate = first?.deviceCert;
    const whole = { type: 'certificate', certificate, privateKey: first?.devicePrivateKey };
    // Cold, then from the store: the same bytes.
    for (let round = 0; round < 2; round += 1) {
      expect((await send(seedPath)).text).toBe(JSON.stringify(page({ type: 'certificate', certificate })));
      expect((await send(seedPath, { query: 'include=credentials' })).text).toBe(JSON.stringify(page(whole)));
    }
    expect(whole.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^]*-----END PRIVATE KEY-----\n$/);
    expect(stack.emulator.countCalls()).toBe(2);
  });

  it('shows a PSK only where credentials are asked for, cold and stored', async () => {
    const psk = seedDevices('pskdedf123456789')[0]?.devicePsk;
    expect(psk).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    for (const first of ['', 'include=credentials']) {
      const { send } = stack.open();
      await send(pskPath, { query: first });
      const bare = await send(pskPath);
      expect(devicesOf(bare)[0]).toEqual({ deviceName: 'test_device1', status: 'created', credentials: { type: 'psk' } });
      const whole = await send(pskPath, { query: 'include=credentials' });
      expect(devicesOf(whole)[0]).toMatchObject({ credentials: { type: 'psk', psk } });
      expect(stack.emulator.countCalls()).toBe(2);
    }
  });

  it('covers a task of 100 devices by pages of 3, each device once and in order, for two calls in all', async () => {
    const { send } = stack.open();
    const names: string[] = [];
    const outcomes: string[] = [];
    for (let page = 1; page <= 34; page += 1) {
      const reply = await send(batchPath, { query: `page=${page}&pageSize=3` });
      expect(reply.json).toMatchObject({ page, pageSize: 3, totalItems: 100, totalPages: 34 });
      names.push(...devicesOf(reply).map((device) => device.deviceName));
      outcomes.push((cacheOf(reply) ?? '').split(';')[1]?.trim() ?? '');
    }
    expect(names).toEqual(seedDevices('batch100devices1').map((device) => device.deviceName));
    expect(outcomes).toEqual(['fwd=miss', ...Array.from({ length: 33 }, () => 'hit')]);
    expect(stack.emulator.countCalls()).toBe(2);
    expect(devicesOf(await send(batchPath, { query: 'page=35&pageSize=3' }))).toEqual([]);
  });

  it('counts and pages what a filter leaves, cold and stored', async () => {
    const failed = seedDevices('batch100devices1').filter((device) => device.result !== 0);
    for (const warmUp of [false, true]) {
      const { send } = stack.open();
      if (warmUp) await send(batchPath);
      const first = await send(batchPath, { query: 'status=failed&pageSize=5' });
      const second = await send(batchPath, { query: 'status=failed&pageSize=5&page=2' });
      expect(first.json).toMatchObject({ totalItems: 7, totalPages: 2 });
      const all = [...devicesOf(first), ...devicesOf(second)];
      expect(all.map((device) => device.deviceName)).toEqual(failed.map((device) => device.deviceName));
      expect(all.every((device) => device.status === 'failed')).toBe(true);
      expect((await send(batchPath, { query: 'status=created' })).json).toMatchObject({ totalItems: 93, totalPages: 5 });
      expect(stack.emulator.countCalls()).toBe(2);
    }
  });

  it('gives the keys of all created devices of a large task, byte for byte, from the store', async () => {
    const { send } = stack.open();
    const query = 'include=credentials&pageSize=100';
    const cold = await send(batchPath, { query });
    const warm = await send(batchPath, { query });
    expect(cacheOf(warm)).toContain('hit');
    expect(warm.text).toBe(cold.text);
    const keys = devicesOf(warm).map((device) => (device as { credentials?: { privateKey?: string } }).credentials?.privateKey);
    expect(keys).toEqual(seedDevices('batch100devices1').map((device) => device.devicePrivateKey));
  });

  it('passes on the words of the vendor beside our own', async () => {
    const { send } = stack.open();
    const reply = await send(batchPath, { query: 'status=failed&page=4&pageSize=1' });
    expect(devicesOf(reply)).toMatchObject([
      {
        deviceName: 'sensor-048',
        error: {
          code: 'vendor-internal-error',
          legacyCode: 2100,
          message: 'The vendor failed internally; contact its support.',
          legacyMessage: '内部服务器错误，请联系技术人员',
        },
      },
    ]);
  });

  it('refuses credentials without their scope before anything is asked', async () => {
    const { send, countItems } = stack.open();
    const reply = await send(seedPath, { query: 'include=credentials', claims: { ...fullClaims, scope: 'devices:read' } });
    expect(reply).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(stack.emulator.countCalls()).toBe(0);
    expect(await countItems()).toBe(0);
  });

  it('keeps the stored copy free of keys in the clear', async () => {
    const { send } = stack.open();
    await send(seedPath, { query: 'include=credentials' });
    const items = JSON.stringify(await stack.scanItems(), (_name, value: unknown) =>
      value instanceof Uint8Array ? [Buffer.from(value).toString('latin1'), unpackJson(value)] : value,
    );
    const pem = seedDevices('abcdedf123456789')[0]?.devicePrivateKey ?? '';
    expect(items).toContain('test_device1');
    expect(items).not.toContain('PRIVATE KEY');
    expect(items).not.toContain(pem.split('\n')[1]);
  });

  it('stores results without their keys where no wrapping key is set, and asks anew for those', async () => {
    const { send } = stack.open({ CREDENTIALS_LOCAL_KEY: undefined });
    const query = 'include=credentials';
    expect(cacheOf(await send(seedPath, { query }))).toBe('iotcloud-rest; fwd=bypass');
    expect(cacheOf(await send(seedPath))).toBe('iotcloud-rest; fwd=miss; stored');
    expect(cacheOf(await send(seedPath))).toContain('hit');
    const again = await send(seedPath, { query });
    expect(again).toMatchObject({ status: 200, json: { devices: [{ credentials: { privateKey: expect.any(String) } }, {}] } });
    expect(stack.emulator.countCalls()).toBe(6);
  });
});
