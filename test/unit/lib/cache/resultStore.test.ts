import { randomBytes } from 'node:crypto';
import * as kms from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createKmsKeyWrapper } from '../../../../lib/cache/kmsKeyWrapper.ts';
import { createLocalKeyWrapper, type KeyWrapper } from '../../../../lib/cache/keyWrapper.ts';
import { createResultStore } from '../../../../lib/cache/resultStore.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { secretOf } from '../../../../lib/deviceTasks/device.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { makeCreation, makeDevices, present } from '../../../support/devices.ts';
import { createMemoryTable } from './memoryTable.ts';
import { pageOf } from '../../../support/pageOf.ts';

const ref = { productId: 'P', taskId: 'T' };
const tenant = { host: 'iotcloud.example', region: 'gz', account: 'main' };
const whole = { page: 1, pageSize: 100 };
const dayMs = 24 * 60 * 60 * 1000;
const startMs = Date.UTC(2026, 10, 24, 10);
const startS = startMs / 1000;

function setUp(wrapper: KeyWrapper | undefined = createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')))) {
  const table = createMemoryTable();
  const faults: string[] = [];
  let nowMs = startMs;
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const reportFault = (event: string) => void faults.push(event);
  const storeOf = (other: Partial<Parameters<typeof createResultStore>[0]>) =>
    createResultStore({ table, tenant, wrapper, clock, reportFault, ...other });
  return { table, faults, storeOf, store: storeOf({}), setTime: (ms: number) => void (nowMs = ms) };
}

describe('the life of what is stored', () => {
  it('is 30 days where the task has no known life', async () => {
    const { store, setTime } = setUp();
    const stored = await store.save(ref, makeDevices('kf'));
    expect(stored).toEqual({ totalDevices: 2, createdDevices: 1, failedDevices: 1, expiresAtS: startS + 30 * 86_400, fetchId: stored.fetchId });
    setTime(startMs + 30 * dayMs - 1);
    expect(await pageOf(store.readPage(ref, whole, true))).toMatchObject({ totalItems: 2, expiresAtS: stored.expiresAtS });
    expect(await store.readTask(ref)).toEqual({ completed: stored });
  });

  it('ends to the second: from then on task, page and secrets count as absent', async () => {
    const { store, setTime } = setUp();
    await store.save(ref, makeDevices('kf'));
    setTime(startMs + 30 * dayMs);
    expect(await pageOf(store.readPage(ref, whole, false))).toBeUndefined();
    expect(await pageOf(store.readPage(ref, whole, true))).toBeUndefined();
    expect(await store.readTask(ref)).toEqual({});
  });

  it('never passes the known life of the task', async () => {
    const { store, table } = setUp();
    await store.noteCreation(ref, makeCreation([], startS + 3600));
    expect(await store.readTask(ref)).toEqual({ creation: makeCreation([], startS + 3600) });
    expect(await store.save(ref, makeDevices('kpf'))).toMatchObject({ expiresAtS: startS + 3600 });
    const expiries = [...table.items.values()].map((item) => Number(item['expiresAt']?.N));
    expect(new Set(expiries)).toEqual(new Set([startS + 3600]));
  });

  it('is not lengthened by a life beyond 30 days', async () => {
    const { store } = setUp();
    await store.noteCreation(ref, makeCreation([], startS + 31 * 86_400));
    expect(await store.save(ref, makeDevices('k'))).toMatchObject({ expiresAtS: startS + 30 * 86_400 });
  });

  it('counts a life that has passed as unknown', async () => {
    const { store, setTime } = setUp();
    await store.noteCreation(ref, makeCreation([], startS + 60));
    setTime(startMs + 60_000);
    expect(await store.readTask(ref)).toEqual({});
    expect(await store.save(ref, makeDevices('k'))).toMatchObject({ expiresAtS: startS + 60 + 30 * 86_400 });
  });
});

describe('what counts as absent', () => {
  const changes: readonly [string, string, (item: Record<string, unknown>) => unknown][] = [
    ['a header of another version', 'header', (item) => (item['v'] = { N: '2' })],
    ['a header without version', 'header', (item) => delete item['v']],
    ['a header of an unreadable expiry', 'header', (item) => (item['expiresAt'] = { N: 'soon' })],
    ['a header that has expired', 'header', (item) => (item['expiresAt'] = { N: String(startS) })],
    ['a header with an unknown status', 'header', (item) => (item['statuses'] = { S: 'sx' })],
    ['a header without fetch', 'header', (item) => delete item['fetchId']],
    ['a header of another fetch', 'header', (item) => (item['fetchId'] = { S: 'another' })],
    ['a header that says more devices than there are', 'header', (item) => (item['statuses'] = { S: 'sfc' })],
    ['a row of another version', 'row#00001', (item) => (item['v'] = { N: '0' })],
    ['a row of another fetch', 'row#00001', (item) => (item['fetchId'] = { S: 'another' })],
    ['a row that has expired', 'row#00001', (item) => (item['expiresAt'] = { N: String(startS) })],
    ['a row that is no JSON', 'row#00001', (item) => (item['device'] = { S: '{"deviceName":' })],
    ['a row that is no device', 'row#00001', (item) => (item['device'] = { S: '{"deviceName":"a"}' })],
    ['a row with a member too many', 'row#00000', (item) => (item['device'] = { S: '{"deviceName":"a","status":"created","psk":"b"}' })],
    ['a row with an unknown error', 'row#00001', (item) => (item['device'] = { S: '{"deviceName":"a","status":"failed","error":{"code":"odd","legacyCode":1}}' })],
    ['a row of another type', 'row#00001', (item) => (item['device'] = { N: '1' })],
  ];

  it.each(changes)('%s', async (_, sk, change) => {
    const { store, table } = setUp();
    await store.save(ref, makeDevices('kf'));
    expect(await pageOf(store.readPage(ref, whole, false))).toMatchObject({ totalItems: 2 });
    change(table.at(sk));
    expect(await pageOf(store.readPage(ref, whole, false))).toBeUndefined();
  });

  it('a missing row, on the pages that need it alone', async () => {
    const { store, table } = setUp();
    await store.save(ref, makeDevices('kfk'));
    const [key] = [...table.items].find(([, item]) => item === table.at('row#00001')) ?? [];
    table.items.delete(key ?? '');
    const reads = [1, 2, 3].map((page) => pageOf(store.readPage(ref, { page, pageSize: 1 }, false)));
    expect((await Promise.all(reads)).map((page) => page?.devices.length)).toEqual([1, undefined, 1]);
    expect(await pageOf(store.readPage(ref, { ...whole, status: 'created' }, false))).toMatchObject({ totalItems: 2 });
  });

  it.each([
    ['of another version', (item: Record<string, unknown>) => (item['v'] = { N: '2' })],
    ['of an unreadable end', (item: Record<string, unknown>) => (item['expiresAt'] = { S: 'soon' })],
    ['expired', (item: Record<string, unknown>) => (item['expiresAt'] = { N: String(startS) })],
  ])('a creation %s', async (_, change) => {
    const { store, table } = setUp();
    await store.noteCreation(ref, makeCreation([], startS + 60));
    change(table.at('creation'));
    expect(await store.readTask(ref)).toEqual({});
  });

  it('secrets stored without a wrapping key, or read without one', async () => {
    const { store, storeOf } = setUp();
    const without = storeOf({ wrapper: undefined });
    await without.save(ref, makeDevices('kf'));
    expect([store.keepsSecrets, without.keepsSecrets]).toEqual([true, false]);
    expect(await pageOf(store.readPage(ref, whole, true))).toBeUndefined();
    expect(await pageOf(store.readPage(ref, whole, false))).toMatchObject({ totalItems: 2 });
    await store.save(ref, makeDevices('kf'));
    expect(await pageOf(store.readPage(ref, whole, true))).toMatchObject({ totalItems: 2 });
    expect(await pageOf(without.readPage(ref, whole, true))).toBeUndefined();
  });
});

describe('what is stored', () => {
  it('has no header where its rows took too long', async () => {
    const { storeOf, table, setTime } = setUp();
    const slow = { ...table, putMany: (...args: Parameters<typeof table.putMany>) => table.putMany(...args).then(() => setTime(startMs + 1501)) };
    await expect(storeOf({ table: slow }).save(ref, makeDevices('kf'))).rejects.toThrow('not stored in time');
    expect([...table.items.values()].map((item) => item['sk']?.S ?? '').toSorted()).toEqual(['row#00000', 'row#00001', 'secret#00000']);
    expect(await storeOf({}).readTask(ref)).toEqual({});
  });

  it('leaves a larger earlier copy behind no page', async () => {
    const { store } = setUp();
    await store.save(ref, makeDevices('kkkkk', 'old'));
    await store.save(ref, makeDevices('pf', 'new'));
    const page = await pageOf(store.readPage(ref, whole, true));
    expect(page).toMatchObject({ totalItems: 2, totalPages: 1 });
    expect(present(page?.devices)).toEqual(present(makeDevices('pf', 'new')));
    expect(await pageOf(store.readPage(ref, { page: 2, pageSize: 2 }, true))).toMatchObject({ devices: [] });
  });

  it('holds a task without devices', async () => {
    const { store } = setUp();
    expect(await store.save(ref, [])).toMatchObject({ totalDevices: 0 });
    expect(await pageOf(store.readPage(ref, whole, true))).toMatchObject({ devices: [], totalItems: 0, totalPages: 0 });
  });

  it('reads the same secrets whatever order the tenant is written in', async () => {
    const { store, storeOf } = setUp();
    await store.save(ref, makeDevices('kp'));
    const { host, region, account } = tenant;
    const page = await pageOf(storeOf({ tenant: { account, region, host } }).readPage(ref, whole, true));
    expect(present(page?.devices)).toEqual(present(makeDevices('kp')));
  });

  it('keeps items to 100 KB, keys and all, and refuses larger devices before it writes anything', async () => {
    const { store, table } = setUp();
    const psk = (length: number) =>
      [{ deviceName: 'a', status: 'created', credentials: { type: 'psk', psk: createSecret('x'.repeat(length)) } }] as const;
    const certificate = (length: number) =>
      [{ deviceName: 'a', status: 'created', credentials: { type: 'certificate', certificate: 'x'.repeat(length) } }] as const;
    for (const make of [psk, certificate]) {
      await expect(store.save(ref, make(99_001))).rejects.toThrow('is not stored');
      expect(table.items.size).toBe(0);
    }
    const longest = { productId: 'P'.repeat(64), taskId: 'T'.repeat(64) };
    const far = setUp();
    const long = far.storeOf({ tenant: { host: `${'h'.repeat(253)}:65535`, region: 'r'.repeat(32), account: 'a'.repeat(64) } });
    await long.save(longest, psk(98_998));
    await long.save(longest, certificate(98_900));
    const sizes = [...far.table.items.values()].map((item) => JSON.stringify(item, (name, value: unknown) => (name === 'B' ? 'b'.repeat(Buffer.byteLength(String(value), 'base64')) : value)).length);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
    expect(Math.max(...sizes)).toBeGreaterThan(99_000);
  });

  it('refuses more devices than positions reach', async () => {
    const { store, table } = setUp();
    await expect(store.save(ref, makeDevices('b'.repeat(10_001)))).rejects.toThrow('is not stored');
    expect(table.items.size).toBe(0);
    await store.save(ref, makeDevices('b'.repeat(10_000)));
    expect((await pageOf(store.readPage(ref, { page: 100, pageSize: 100 }, true)))?.devices.at(-1)?.deviceName).toBe('sensor-09999');
    expect(await pageOf(store.readPage(ref, { page: 2_147_483_647, pageSize: 100 }, true))).toMatchObject({ devices: [], totalItems: 10_000 });
  });
});

describe('secrets wrapped by KMS', () => {
  const client = new kms.KMSClient({ region: 'eu-central-1' });
  const mock = mockClient(client);
  const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/example';
  const wrapper = createKmsKeyWrapper(keyArn, () => Promise.resolve({ client, commands: kms }));
  const named = (name: string) => Object.assign(new Error(name), { name });
  const devices = makeDevices('kpfkb');
  const counts = () => [mock.commandCalls(kms.GenerateDataKeyCommand).length, mock.commandCalls(kms.DecryptCommand).length];

  beforeEach(() => {
    mock.reset();
    const dataKey = randomBytes(32);
    mock.on(kms.GenerateDataKeyCommand).callsFake(() => ({ Plaintext: Uint8Array.from(dataKey), CiphertextBlob: Buffer.from('wrapped') }));
    mock.on(kms.DecryptCommand).callsFake(() => ({ Plaintext: Uint8Array.from(dataKey) }));
  });

  it('cost one GenerateDataKey a stored task and one Decrypt a page of secrets', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    expect(counts()).toEqual([1, 0]);
    const page = await pageOf(store.readPage(ref, whole, true));
    expect(present(page?.devices)).toEqual(present(devices));
    expect(counts()).toEqual([1, 1]);
  });

  it('cost nothing where none are asked for or there are none', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.resetHistory();
    await store.readPage(ref, whole, false);
    await store.readPage(ref, { ...whole, status: 'failed' }, true);
    await store.readPage(ref, { page: 2, pageSize: 100 }, true);
    await store.readTask(ref);
    await store.save({ ...ref, taskId: 'none' }, makeDevices('fbf'));
    await store.readPage({ ...ref, taskId: 'none' }, whole, true);
    expect(counts()).toEqual([0, 0]);
  });

  it('cost no Decrypt where one of them is missing, of another fetch or expired: the page is lost anyway', async () => {
    const { store, table, faults } = setUp(wrapper);
    const changes: ((item: Record<string, unknown>) => unknown)[] = [
      (item) => (item['sk'] = { S: 'secret#99999' }),
      (item) => (item['fetchId'] = { S: 'another' }),
      (item) => (item['expiresAt'] = { N: String(startS) }),
      (item) => (item['v'] = { N: '2' }),
      (item) => (item['box'] = { S: 'text' }),
    ];
    for (const change of changes) {
      table.items.clear();
      await store.save(ref, devices);
      mock.resetHistory();
      change(table.at('secret#00000'));
      expect(await pageOf(store.readPage(ref, whole, true))).toBeUndefined();
      expect(counts()).toEqual([0, 0]);
    }
    expect(faults).toEqual(changes.map(() => 'stored-secret-unreadable'));
  });

  it('count as absent where they stand at another position, even between devices of one name', async () => {
    const { store, table } = setUp(wrapper);
    const twin = (psk: string) => ({ deviceName: 'twin', status: 'created', credentials: { type: 'psk', psk: createSecret(psk) } }) as const;
    await store.save(ref, [twin('one'), twin('other')]);
    expect(await pageOf(store.readPage(ref, whole, true))).toBeDefined();
    const [one, other] = [table.at('secret#00000'), table.at('secret#00001')];
    const box = one['box'];
    Object.assign(one, { box: other['box'] });
    Object.assign(other, { box });
    expect(await pageOf(store.readPage(ref, whole, true))).toBeUndefined();
  });

  it('are bound to names only: no secret is in the encryption context, the same in both calls', async () => {
    const { store, table } = setUp(wrapper);
    await store.save(ref, devices);
    await store.readPage(ref, whole, true);
    const contexts = mock.calls().map((call) => Reflect.get(call.args[0].input, 'EncryptionContext') as unknown); // both commands have one
    expect(contexts[0]).toEqual({ service: 'iotcloud-rest', ...tenant, ...ref, fetchId: table.at('header')['fetchId']?.S });
    expect(contexts[1]).toEqual(contexts[0]);
    for (const secret of devices.flatMap((device) => secretOf(device)?.reveal() ?? []))
      expect(JSON.stringify(mock.calls().map((call) => call.args))).not.toContain(secret);
  });

  it('leave an earlier copy readable where KMS gives no key, and show nothing of the new one', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.GenerateDataKeyCommand).rejects(named('KMSInternalException'));
    await expect(store.save(ref, makeDevices('ppp', 'new'))).rejects.toThrow('KMSInternalException');
    for (const withSecrets of [true, false]) {
      const page = await pageOf(store.readPage(ref, whole, withSecrets));
      expect(present(page?.devices)).toEqual(present(cutPage(devices, whole, withSecrets).devices));
    }
    expect(faults).toEqual([]);
  });

  it('are not stored at all where KMS gives no key, nor is anything else', async () => {
    const { store, table } = setUp(wrapper);
    mock.on(kms.GenerateDataKeyCommand).rejects(named('AccessDeniedException'));
    await expect(store.save(ref, devices)).rejects.toThrow('AccessDeniedException');
    expect(table.items.size).toBe(0);
  });

  it('throw on a fault that may pass, so that the caller asks the vendor', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).rejects(named('ThrottlingException'));
    await expect(pageOf(store.readPage(ref, whole, true))).rejects.toThrow('ThrottlingException');
    expect(await pageOf(store.readPage(ref, whole, false))).toMatchObject({ totalItems: 5 });
  });

  it('count as absent, and are reported, where their key is lost', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).rejects(named('DisabledException'));
    expect(await pageOf(store.readPage(ref, whole, true))).toBeUndefined();
    expect(faults).toEqual(['stored-secret-unreadable']);
    expect(await pageOf(store.readPage(ref, whole, false))).toMatchObject({ totalItems: 5 });
  });

  it.each([undefined, new Uint8Array(), new Uint8Array(16), new Uint8Array(32)])('count as absent where KMS gives another key', async (Plaintext) => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).resolves(Plaintext === undefined ? {} : { Plaintext });
    expect(await pageOf(store.readPage(ref, whole, true))).toBeUndefined();
    expect(faults).toEqual(['stored-secret-unreadable']);
  });
});
