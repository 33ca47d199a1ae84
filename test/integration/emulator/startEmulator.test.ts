import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../offline/emulator/startEmulator.ts';
import { createEmulatorClient, createEmulatorClock, emulatorKey } from '../../support/emulatorClient.ts';

const seedTask = {
  productId: 'P1',
  taskId: 'T1',
  devices: [
    { deviceName: 'd1', devicePsk: 's/GiL8XZ7f/bWvQIuKjMoQ==', result: 0 },
    { deviceName: 'd2', result: 2001 },
  ],
};
const query = { productID: 'P1', taskID: 'T1', pageNum: '1', pageSize: '10' };
// The longest query there is: 48 characters a name, nearly all of which grow to three when they are encoded.
const names100 = Object.fromEntries(
  Array.from({ length: 100 }, (_, index) => [`listDeviceName.${index}`, String(index).padStart(48, ':')]),
);

let clock: ReturnType<typeof createEmulatorClock>;
let emulator: Emulator;
let client: ReturnType<typeof createEmulatorClient>;

beforeEach(async () => {
  clock = createEmulatorClock();
  const products = [{ productId: 'P1', encryption: 'certificate' as const }];
  emulator = await startEmulator({ ...emulatorKey, now: clock.now, products, tasks: [seedTask] });
  client = createEmulatorClient(emulator.endpoint, clock.now);
});
afterEach(() => emulator.close());

describe('startEmulator', () => {
  it.each(['GET', 'POST'] as const)('answers a signed %s with the flat reply of the document', async (httpMethod) => {
    expect(await client.call('GetMultiDevices', query, { httpMethod })).toEqual({
      code: 0,
      message: '',
      codeDesc: 'Success',
      taskID: 'T1',
      totalDevNum: 2,
      listCreateDeviceInfo: seedTask.devices,
    });
  });

  it('listens on one loopback address only, on a free port', async () => {
    expect(emulator.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/v2\/index\.php$/);
    const otherAddress = emulator.endpoint.replace('127.0.0.1', '[::1]');
    await expect(fetch(otherAddress)).rejects.toThrow('fetch failed');
  });

  it('answers a module error with the common code and the module code in full-width brackets', async () => {
    const reply = await client.call('GetMultiDevices', { ...query, taskID: 'T9' });
    expect(reply).toEqual({ code: 5000, message: '（2006）任务不存在', codeDesc: 'TaskNotExist' });
  });

  it('answers an unauthorised call with HTTP 200 and its code', async () => {
    expect(await client.call('GetMultiDevices', query, { forge: { pageSize: '20' } })).toMatchObject({ code: 4100 });
    expect(await client.call('GetMultiDevices', query, { common: { SecretId: 'AKIDx' } })).toMatchObject({ code: 4104 });
    expect(await client.call('DeleteProduct')).toMatchObject({ code: 6100 });
  });

  it('refuses the very same request a second time', async () => {
    const form = new URLSearchParams(client.makeParams('GetMultiDevices', query, { httpMethod: 'GET' }));
    const send = async () => (await fetch(`${emulator.endpoint}?${form.toString()}`)).json();
    expect([await send(), await send()]).toMatchObject([{ code: 0 }, { code: 4500 }]);
  });

  it('refuses a mix of query and form', async () => {
    const form = new URLSearchParams(client.makeParams('GetMultiDevices', query, {}));
    const response = await fetch(`${emulator.endpoint}?a=1`, { method: 'POST', body: form });
    expect(await response.json()).toMatchObject({ code: 4000 });
  });

  it('creates, follows and reads a task of certificate devices', async () => {
    const created = await client.call('CreateMultiDevice', { productID: 'P1', 'listDeviceName.0': 'new' });
    const task = { productID: 'P1', taskID: String(created['taskID']) };
    const statusNow = async () => (await client.call('GetCreateMultiDevTask', task))['taskStatus'];
    expect(await statusNow()).toBe(0);
    expect((await client.call('GetMultiDevices', { ...query, ...task })).message).toMatch(/^（2013）/);
    clock.advance(1000);
    expect(await statusNow()).toBe(1);
    clock.advance(2000);
    expect(await statusNow()).toBe(2);
    const { listCreateDeviceInfo } = await client.call('GetMultiDevices', { ...query, ...task });
    const [device] = listCreateDeviceInfo as { deviceCert: string }[];
    expect(new X509Certificate(device?.deviceCert ?? '').subject).toBe('CN=P1new');
  });

  it('shows the same keys to every reader of a created task', async () => {
    const other = { 'listDeviceName.0': 'one', 'listDeviceName.1': 'two' };
    const created = await client.call('CreateMultiDevice', { productID: 'P1', ...other });
    clock.advance(3000);
    const read = () => client.call('GetMultiDevices', { ...query, taskID: String(created['taskID']) });
    const [first, second] = await Promise.all([read(), read()]);
    expect(first['listCreateDeviceInfo']).toHaveLength(2);
    expect([second, await read()]).toEqual([first, first]);
  });

  it('makes RSA keys where it is told to', async () => {
    const products = [{ productId: 'P1', encryption: 'certificate' as const }];
    const other = await startEmulator({ ...emulatorKey, now: clock.now, pendingMs: 0, runningMs: 0, products, keyType: 'rsa-2048' });
    const { call } = createEmulatorClient(other.endpoint, clock.now);
    const created = await call('CreateMultiDevice', { productID: 'P1', 'listDeviceName.0': 'new' });
    const { listCreateDeviceInfo } = await call('GetMultiDevices', { ...query, taskID: String(created['taskID']) });
    const [device] = listCreateDeviceInfo as { deviceCert: string }[];
    expect(new X509Certificate(device?.deviceCert ?? '').publicKey.asymmetricKeyType).toBe('rsa');
    await other.close();
  });

  it.each(['GET', 'POST'] as const)('takes 100 long names and a temporary token by %s', async (httpMethod) => {
    const temporary = { Token: 't'.repeat(1000) };
    const params = { productID: 'P1', ...names100, ...temporary };
    const reply = await client.call('CreateMultiDevice', params, { httpMethod });
    expect(reply).toMatchObject({ code: 0, taskID: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  it('follows products and tasks added and deleted while it runs', async () => {
    emulator.addProduct({ productId: 'P2', encryption: 'psk' });
    emulator.addTask({ ...seedTask, productId: 'P2', taskId: 'T2', status: 1 });
    const task = { productID: 'P2', taskID: 'T2' };
    expect(await client.call('GetCreateMultiDevTask', task)).toMatchObject({ code: 0, taskStatus: 1 });
    emulator.deleteTask('P2', 'T2');
    expect(await client.call('GetCreateMultiDevTask', task)).toMatchObject({ code: 5000 });
    expect(await client.call('CreateMultiDevice', { productID: 'P2', 'listDeviceName.0': 'x' })).toMatchObject({ code: 0 });
  });

  it('keeps the calls in order, without key and signature', async () => {
    await client.call('GetMultiDevices', query, { httpMethod: 'GET' });
    await client.call('GetMultiDevices', { ...query, taskID: 'T9' });
    await client.call('Nothing', {}, { secretKey: 'another' });
    expect(emulator.calls).toMatchObject([
      { action: 'GetMultiDevices', httpMethod: 'GET', code: 0, params: query },
      { action: 'GetMultiDevices', httpMethod: 'POST', code: 5000, moduleCode: 2006 },
      { action: 'Nothing', code: 6100 },
    ]);
    expect(JSON.stringify(emulator.calls)).not.toMatch(/"Signature"|"SecretId"|AKID/);
  });

  it('counts and clears the calls, and counts none that missed the API', async () => {
    await client.call('GetMultiDevices', query);
    await client.call('GetCreateMultiDevTask', query);
    expect((await fetch(new URL('/elsewhere', emulator.endpoint))).status).toBe(404);
    expect((await fetch(emulator.endpoint, { method: 'DELETE' })).status).toBe(405);
    expect([emulator.countCalls(), emulator.countCalls('GetMultiDevices')]).toEqual([2, 1]);
    emulator.clearCalls();
    expect([emulator.countCalls(), emulator.calls.length]).toEqual([0, 0]);
  });

  it('refuses a body over 1 MB with HTTP 413 and lives on', async () => {
    const body = new URLSearchParams({ a: 'x'.repeat(1024 * 1024) });
    expect((await fetch(emulator.endpoint, { method: 'POST', body })).status).toBe(413);
    expect(await client.call('GetMultiDevices', query)).toMatchObject({ code: 0 });
  });

  it('demands a configured token and keeps to a configured region', async () => {
    const other = await startEmulator({ ...emulatorKey, token: 't0ken', region: 'bj', now: clock.now });
    const { call } = createEmulatorClient(other.endpoint, clock.now);
    expect(await call('GetMultiDevices', query)).toMatchObject({ code: 4000 });
    expect(await call('GetMultiDevices', query, { common: { Region: 'bj' } })).toMatchObject({ code: 4105 });
    const common = { Region: 'bj', Token: 't0ken' };
    expect(await call('GetMultiDevices', query, { common })).toMatchObject({ code: 5000 });
    await other.close();
  });

  it('rejects on a port that is taken', async () => {
    const port = Number(new URL(emulator.endpoint).port);
    await expect(startEmulator({ ...emulatorKey, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('ends whole: an idle connection is closed, a second close is harmless', async () => {
    const port = Number(new URL(emulator.endpoint).port);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket.resume().on('error', () => {}), 'close');
    await Promise.all([emulator.close(), closed]);
    await emulator.close();
    expect(socket.destroyed).toBe(true);
  });
});

describe('mishaps', () => {
  const create = (name: string) => client.call('CreateMultiDevice', { productID: 'P1', 'listDeviceName.0': name });

  it('lose the answers of as many creations as they are told, which happen all the same', async () => {
    const chances = [0.1, 0.3];
    const other = await startEmulator({ ...emulatorKey, now: clock.now, products: [{ productId: 'P1', encryption: 'psk' }], mishaps: { lostAnswers: 0.2 }, random: () => chances.shift() ?? 1 });
    client = createEmulatorClient(other.endpoint, clock.now);
    await expect(create('lost')).rejects.toThrow('fetch failed');
    expect(await create('told')).toMatchObject({ code: 0 });
    expect(await client.call('GetCreateMultiDevTask', { productID: 'P1', taskID: 'none' })).toMatchObject({ code: 5000 });
    expect(['lost', 'told', 'never'].map((name) => other.findDevice('P1', name)?.createdAtMs)).toEqual([clock.now(), clock.now(), undefined]);
    await other.close();
  });

  it('carry a creation out only later, as of then', async () => {
    emulator.mishaps.creationDelayMs = 60_000;
    const startMs = clock.now();
    await create('late');
    clock.advance(59_999);
    await client.call('GetMultiDevices', query);
    expect(emulator.findDevice('P1', 'late')).toBeUndefined();
    clock.advance(5000);
    await client.call('GetMultiDevices', query);
    expect(emulator.findDevice('P1', 'late')?.createdAtMs).toBe(startMs + 60_000);
  });
});
