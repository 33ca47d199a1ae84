import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH_FORMS, type Reply } from '../../support/apiGatewayEvent.ts';
import { fullClaims, startStack, type Stack } from '../../support/stack.ts';

const TASK = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
const BATCH = '/v1/products/BATCH12345/device-tasks/batch100devices1';
const NAMES = '/v1/products/PSK1234567/device-tasks/names';
const withKeys = { query: 'include=credentials' };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  const devices = ['x:y', 'x_y', 'X:y', '-'].map((deviceName) => ({ deviceName, result: 0, devicePsk: Buffer.from(deviceName.padEnd(16)).toString('base64') }));
  stack.emulator.addTask({ productId: 'PSK1234567', taskId: 'names', devices });
  stack.emulator.addTask({ productId: 'PSK1234567', taskId: 'running', devices: [], status: 1 });
});
afterAll(() => stack.close());

const devicesOf = ({ json = {} }: Reply) => json['devices'] as object[]; // the page's schema
const parse = (line: string) => JSON.parse(line) as Record<string, unknown>; // a log line

describe('reading one device', () => {
  it('is the element of the page, cold and stored, with and without credentials', async () => {
    const { send } = stack.open();
    for (const options of [{}, withKeys]) {
      const path = `${TASK}/devices/test_device1`;
      const [cold, warm] = [await stack.open().send(path, options), await send(path, options)];
      expect(cold.headers['cache-status']).toBe('iotcloud-rest; fwd=miss; stored');
      const page = await send(`${TASK}/devices`, options);
      expect([cold.json, warm.json]).toEqual(Array(2).fill(devicesOf(page)[0]));
      expect(warm.text).toBe(cold.text);
    }
    expect((await send(`${TASK}/devices/test_device2`)).json).toMatchObject({ status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } });
  });

  it('costs two vendor calls cold, none from then on, and is stored whole', async () => {
    const { send } = stack.open();
    expect((await send(`${BATCH}/devices/sensor-077`)).status).toBe(200);
    expect(stack.emulator.calls.map(({ action }) => action)).toEqual(['GetCreateMultiDevTask', 'GetMultiDevices']);
    stack.emulator.clearCalls();
    for (const path of [`${BATCH}/devices/sensor-001`, `${BATCH}/devices`, BATCH]) expect((await send(path, path === BATCH ? {} : withKeys)).headers['cache-status']).toContain('hit');
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('can be revalidated without credentials, and is kept nowhere with them', async () => {
    const { send } = stack.open();
    const path = `${TASK}/devices/test_device1`;
    const { headers } = await send(path);
    expect(headers).toMatchObject({ etag: expect.stringMatching(/^"[\w-]+"$/), 'cache-control': 'private, no-cache' });
    const unchanged = await send(path, { headers: { 'if-none-match': `W/${headers['etag']}` } });
    expect(unchanged).toMatchObject({ status: 304, text: '', headers: { etag: headers['etag'], 'cache-status': expect.stringContaining('hit') } });
    const secret = await send(path, { ...withKeys, headers: { 'if-none-match': '*' } });
    expect(secret).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(secret.headers).not.toHaveProperty('etag');
    expect((await send(`${TASK}/devices/test_device2`)).headers['etag']).not.toBe(headers['etag']);
  });
});

describe('the name', () => {
  it.each(PATH_FORMS)('is one encoded segment, told from others by every character of it (path %s)', async (pathForm) => {
    const { send } = stack.open();
    const read = async (segment: string) => (await send(`${NAMES}/devices/${segment}`, { pathForm })).json;
    for (const [segment, deviceName] of [['x%3Ay', 'x:y'], ['x:y', 'x:y'], ['X%3ay', 'X:y'], ['x_y', 'x_y'], ['-', '-'], ['%2D', '-']] as const)
      expect([segment, await read(segment)]).toMatchObject([segment, { deviceName, status: 'created', credentials: { type: 'psk' } }]);
    for (const segment of ['x%3AY', 'x-y', 'x:', 'names', 'a'.repeat(48)]) expect([segment, await read(segment)]).toMatchObject([segment, { code: 'device-not-found', status: 404 }]);
    for (const segment of ['x%253Ay', 'a'.repeat(49), 'x%20y', 'x%2Fy', '%C3%BC', '%zz', 'x.y'])
      expect([segment, await read(segment)]).toMatchObject([segment, { code: 'invalid-request', errors: [{ in: 'path', name: 'deviceName', detail: 'must be 1 to 48 of a-z A-Z 0-9 : _ -' }] }]);
  });

  it('that a completed task does not have is a 404 that the store answers too', async () => {
    const { send } = stack.open();
    for (const cache of ['fwd=miss; stored', 'hit; ttl=']) {
      const reply = await send(`${TASK}/devices/test_device3`, withKeys);
      expect(reply).toMatchObject({ status: 404, json: { code: 'device-not-found', retryable: false }, headers: { 'cache-control': 'no-store' } });
      expect(reply.headers['cache-status']).toContain(cache);
    }
  });

  it.each([
    ['a task that is not completed', '/v1/products/PSK1234567/device-tasks/running', 409, 'task-not-completed'],
    ['no task', '/v1/products/PSK1234567/device-tasks/none', 404, 'task-not-found'],
  ])('is not looked for in %s', async (_name, task, status, code) => {
    expect(await stack.open().send(`${task}/devices/a`)).toMatchObject({ status, json: { code } });
  });
});

describe('reading the key of one device', () => {
  it('leaves one audit line that names it, and counts one', async () => {
    const { send, logLines } = stack.open();
    await send(`${NAMES}/devices/x%3Ay`, withKeys);
    const lines = logLines.map(parse);
    const audit = { event: 'credentials-read', sub: 'tester', productId: 'PSK1234567', taskId: 'names', deviceName: 'x:y', devices: 1 };
    expect(lines.filter(({ event }) => event === 'credentials-read')).toMatchObject([audit]);
    expect(lines.find(({ event }) => event === 'request')).toMatchObject({ route: 'getTaskDevice', CredentialsRead: 1 });
    expect(logLines.join('')).not.toContain(Buffer.from('x:y'.padEnd(16)).toString('base64'));
  });

  it('leaves none where no key is in the answer', async () => {
    const { send, logLines } = stack.open();
    await send(`${TASK}/devices/test_device2`, withKeys);
    await send(`${TASK}/devices/test_device3`, withKeys);
    await send(`${TASK}/devices/test_device1`);
    expect(logLines.map(parse).filter(({ event }) => event === 'credentials-read')).toEqual([]);
  });

  it('takes the scope for it before anything is read', async () => {
    const { send, countItems } = stack.open();
    const reply = await send(`${TASK}/devices/test_device1`, { ...withKeys, claims: { ...fullClaims, scope: 'devices:read' } });
    expect(reply).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect([stack.emulator.countCalls(), await countItems()]).toEqual([0, 0]);
  });
});
