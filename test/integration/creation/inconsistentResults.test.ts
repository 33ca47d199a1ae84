import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startScriptedUpstream, succeed, type ScriptedUpstream } from '../../support/scriptedUpstream.ts';
import { fullClaims, startStack, type Api, type Stack } from '../../support/stack.ts';

const TASKS = '/v1/products/P/device-tasks';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

interface WireDevice {
  readonly deviceName: string;
  readonly result: number;
  readonly deviceCert?: string;
  readonly devicePrivateKey?: string;
}

const whole = (deviceName: string): WireDevice => ({ deviceName, result: 0, deviceCert: `certificate of ${deviceName}`, devicePrivateKey: `key of ${deviceName}` });
const refused = (deviceName: string): WireDevice => ({ deviceName, result: 2001 });

let upstream: ScriptedUpstream;
let listed: readonly WireDevice[];
let api: Api & { readonly logLines: readonly string[]; readonly countItems: () => Promise<number> };
beforeEach(async () => {
  upstream = await startScriptedUpstream({
    otherwise: ({ params }) => {
      if (params['Action'] === 'CreateMultiDevice') return succeed({ taskID: 'T' });
      if (params['Action'] === 'GetCreateMultiDevTask') return succeed({ taskID: 'T', taskStatus: 2 });
      return succeed({ taskID: 'T', totalDevNum: listed.length, listCreateDeviceInfo: listed });
    },
  });
  api = stack.open({ IOTCLOUD_ENDPOINT: upstream.endpoint, CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64') });
});
afterEach(() => upstream.close());

const create = (deviceNames: readonly string[]) =>
  api.send(TASKS, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ deviceNames }) });
const countLists = () => upstream.requests.filter(({ params }) => params['Action'] === 'GetMultiDevices').length;
const countReports = () => api.logLines.filter((line) => line.includes('"InconsistentResults":1')).length;
const namesOf = (reply: { json?: Record<string, unknown> | undefined }) =>
  ((reply.json?.['devices'] ?? []) as readonly { deviceName: string }[]).map(({ deviceName }) => deviceName); // of a page
const read = (path = `${TASKS}/T/devices`) => api.send(path, { query: 'include=credentials', claims: fullClaims });

describe('results of a task that was created through this API', () => {
  it.each<[string, readonly WireDevice[]]>([
    ['without any device', []],
    ['with a created device that has no key material', [whole('a'), { deviceName: 'b', result: 0 }]],
    ['with a certificate without its private key', [whole('a'), { deviceName: 'b', result: 0, deviceCert: 'c' }]],
    ['with a private key without its certificate', [whole('a'), { deviceName: 'b', result: 0, devicePrivateKey: 'k' }]],
    ['with one of the two devices', [whole('a')]],
    ['with a name nobody asked for', [whole('a'), whole('c')]],
    ['with one name more', [whole('a'), whole('b'), whole('c')]],
  ])('%s are served as the vendor tells them, not stored, counted, and asked for again', async (_, glitch) => {
    await create(['a', 'b']);
    const noted = await api.countItems();
    listed = glitch;
    for (let time = 1; time <= 2; time += 1) {
      const reply = await read();
      expect([reply.status, reply.headers['cache-status'], namesOf(reply)]).toEqual([200, 'iotcloud-rest; fwd=miss', glitch.map(({ deviceName }) => deviceName)]);
      expect([countLists(), countReports(), await api.countItems()]).toEqual([time, time, noted]);
    }
    listed = [refused('b'), whole('a')];
    const healed = await read();
    expect([healed.headers['cache-status'], namesOf(healed)]).toEqual(['iotcloud-rest; fwd=miss; stored', ['b', 'a']]);
    expect((await read()).headers['cache-status']).toMatch(/hit/);
    expect([countLists(), countReports()]).toEqual([3, 2]);
  });

  it('are followed without being stored, too', async () => {
    const { createdAt } = (await create(['a', 'b'])).json ?? {};
    listed = [whole('a')];
    const reply = await api.send(`${TASKS}/T`);
    expect(reply.headers['cache-status']).toBe('iotcloud-rest; fwd=miss');
    expect(reply.json).toMatchObject({ status: 'completed', totalDevices: 1, createdDevices: 1, createdAt });
    listed = [whole('a'), whole('b')];
    expect((await api.send(`${TASKS}/T`)).json).toMatchObject({ totalDevices: 2, createdDevices: 2, createdAt });
  });
});

describe('results of a task of unknown names', () => {
  it('are stored if they are consistent in themselves', async () => {
    listed = [whole('x'), refused('y')];
    expect((await read()).headers['cache-status']).toBe('iotcloud-rest; fwd=miss; stored');
  });

  it.each<[string, readonly WireDevice[]]>([
    ['without any device', []],
    ['with a created device that has no key material', [{ deviceName: 'x', result: 0 }]],
  ])('%s are not stored', async (_, glitch) => {
    listed = glitch;
    expect((await read()).headers['cache-status']).toBe('iotcloud-rest; fwd=miss');
    expect([await api.countItems(), countReports()]).toEqual([0, 1]);
  });
});
