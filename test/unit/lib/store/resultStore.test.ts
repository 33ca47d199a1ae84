import { randomBytes } from 'node:crypto';
import * as kms from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createKmsKeyWrapper } from '../../../../lib/store/kmsKeyWrapper.ts';
import { createLocalKeyWrapper, type KeyWrapper } from '../../../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../../../lib/store/resultStore.ts';
import { packJson } from '../../../../lib/store/packing.ts';
import type { PageQuery } from '../../../../lib/deviceTasks/paging.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { secretOf } from '../../../../lib/deviceTasks/device.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { makeDevices, present } from '../../../support/devices.ts';
import { pageOf } from '../../../support/pageOf.ts';
import { createMemoryTable } from './memoryTable.ts';

const ref = { productId: 'P', taskId: 'T' };
const account = 'main';
const whole = { page: 1, pageSize: 100 };
const dayMs = 24 * 60 * 60 * 1000;
const startMs = Date.UTC(2026, 10, 24, 10);
const startS = startMs / 1000;

const makeWrapper = () => createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));

function setUp(wrapper: KeyWrapper | undefined = makeWrapper()) {
  const table = createMemoryTable();
  const faults: string[] = [];
  let nowMs = startMs;
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const reportFault = (event: string) => void faults.push(event);
  const storeOf = (other: Partial<Parameters<typeof createResultStore>[0]>) =>
    createResultStore({ table, account, wrapper, clock, reportFault, ...other });
  return { table, faults, storeOf, store: storeOf({}), setTime: (ms: number) => void (nowMs = ms) };
}

const readPage = (store: ReturnType<typeof createResultStore>, query: PageQuery, withSecrets: boolean, at = ref) =>
  pageOf(store.readPage(at, query, withSecrets));

const creation = { createdAtS: startS, expiresAtS: startS + 3600, totalDevices: 2, namesHash: 'hash' };

describe('the life of what is stored', () => {
  it('is 30 days if the end of the task is not known', async () => {
    const { store, setTime } = setUp();
    const stored = await store.save(ref, makeDevices('kf'));
    expect(stored).toEqual({ totalDevices: 2, createdDevices: 1, failedDevices: 1, expiresAtS: startS + 30 * 86_400, fetchId: expect.any(String) });
    setTime(startMs + 30 * dayMs - 1);
    expect(await readPage(store, whole, true)).toMatchObject({ totalItems: 2, expiresAtS: stored.expiresAtS });
    expect(await store.readTask(ref)).toEqual({ completed: stored });
  });

  it('ends to the second: from then on task, page and secrets count as absent', async () => {
    const { store, setTime } = setUp();
    await store.save(ref, makeDevices('kf'));
    setTime(startMs + 30 * dayMs);
    expect(await store.readPage(ref, whole, false)).toEqual({ kind: 'absent' });
    expect(await store.readPage(ref, whole, true)).toEqual({ kind: 'absent' });
    expect(await store.readTask(ref)).toEqual({});
  });

  it('never passes the end of the task', async () => {
    const { store, table } = setUp();
    expect(await store.save(ref, makeDevices('kpf'), startS + 3600)).toMatchObject({ expiresAtS: startS + 3600 });
    const expiries = [...table.items.values()].map((item) => Number(item['expiresAt']?.N));
    expect(new Set(expiries)).toEqual(new Set([startS + 3600]));
  });

  it('is not lengthened by an end beyond 30 days', async () => {
    const { store } = setUp();
    expect(await store.save(ref, makeDevices('k'), startS + 31 * 86_400)).toMatchObject({ expiresAtS: startS + 30 * 86_400 });
  });

  it('does not begin once the task has ended', async () => {
    const { store, table } = setUp();
    await expect(store.save(ref, makeDevices('k'), startS)).rejects.toThrow('the task has ended');
    expect(table.items.size).toBe(0);
  });
});

describe('what is noted of a creation', () => {
  it('is read again, beside the results and without them', async () => {
    const { store } = setUp();
    await store.noteCreation(ref, creation);
    expect(await store.readTask(ref)).toEqual({ creation });
    const completed = await store.save(ref, makeDevices('kf'));
    expect(await store.readTask(ref)).toEqual({ completed, creation });
  });

  it('is unknown once the task has ended', async () => {
    const { store, setTime } = setUp();
    await store.noteCreation(ref, creation);
    setTime(startMs + 3_600_000);
    expect(await store.readTask(ref)).toEqual({});
  });

  it.each([
    ['of another version', (item: Record<string, unknown>) => (item['v'] = { N: '9' })],
    ['of an unreadable hash', (item: Record<string, unknown>) => (item['namesHash'] = { N: '1' })],
    ['without a number of devices', (item: Record<string, unknown>) => delete item['totalDevices']],
    ['expired', (item: Record<string, unknown>) => (item['expiresAt'] = { N: String(startS) })],
  ])('counts as absent %s', async (_, change) => {
    const { store, table } = setUp();
    await store.noteCreation(ref, creation);
    change(table.at('creation'));
    expect(await store.readTask(ref)).toEqual({});
  });
});

describe('what counts as absent', () => {
  const data = (value: unknown) => ({ B: packJson(value).toString('base64') });
  const bare = { deviceName: 'a', status: 'created' };
  const noHeader: readonly [string, (item: Record<string, unknown>) => unknown][] = [
    ['of the first form', (item) => (item['v'] = { N: '1' })],
    ['of another version', (item) => (item['v'] = { N: '3' })],
    ['without version', (item) => delete item['v']],
    ['of an unreadable expiry', (item) => (item['expiresAt'] = { N: 'soon' })],
    ['that has expired', (item) => (item['expiresAt'] = { N: String(startS) })],
    ['with an unknown status', (item) => (item['statuses'] = { S: 'cx' })],
    ['without fetch', (item) => delete item['fetchId']],
  ];
  it.each(noHeader)('a header %s', async (_, change) => {
    const { store, table } = setUp();
    await store.save(ref, makeDevices('kf'));
    expect(await readPage(store, whole, false)).toMatchObject({ totalItems: 2 });
    change(table.at('header'));
    for (const withSecrets of [false, true]) expect(await store.readPage(ref, whole, withSecrets)).toEqual({ kind: 'absent' });
  });

  const notWhole: readonly [string, string, (item: Record<string, unknown>) => unknown][] = [
    ['a header of another fetch', 'header', (item) => (item['fetchId'] = { S: 'another' })],
    ['a header that says more devices than there are', 'header', (item) => (item['statuses'] = { S: 'cfc' })],
    ['a chunk of another version', 'chunk#000', (item) => (item['v'] = { N: '1' })],
    ['a chunk of another fetch', 'chunk#000', (item) => (item['fetchId'] = { S: 'another' })],
    ['a chunk that has expired', 'chunk#000', (item) => (item['expiresAt'] = { N: String(startS) })],
    ['a chunk that is not compressed', 'chunk#000', (item) => (item['data'] = { B: Buffer.from('[]').toString('base64') })],
    ['a chunk of no list', 'chunk#000', (item) => (item['data'] = data({ devices: [] }))],
    ['a chunk of a device too few', 'chunk#000', (item) => (item['data'] = data([bare]))],
    ['a chunk of too many devices', 'chunk#000', (item) => (item['data'] = data(Array.from({ length: 21 }, () => bare)))],
    ['a chunk of no devices', 'chunk#000', (item) => (item['data'] = data([{ deviceName: 'a' }, { deviceName: 'b' }]))],
    ['a chunk with an unknown error', 'chunk#000', (item) => (item['data'] = data([bare, { deviceName: 'a', status: 'failed', error: { code: 'odd', legacyCode: 1 } }]))],
    ['a chunk of another type', 'chunk#000', (item) => (item['data'] = { S: '[]' })],
  ];
  it.each(notWhole)('%s; the header that stands is named', async (_, sk, change) => {
    const { store, table } = setUp();
    await store.save(ref, makeDevices('kf'));
    expect(await readPage(store, whole, false)).toMatchObject({ totalItems: 2 });
    change(table.at(sk));
    const absent = { kind: 'absent', fetchId: table.at('header')['fetchId']?.S };
    for (const withSecrets of [false, true]) expect(await store.readPage(ref, whole, withSecrets)).toEqual(absent);
  });

  it('a missing chunk, on the pages that need it alone', async () => {
    const { store, table } = setUp();
    await store.save(ref, makeDevices('k'.repeat(50)));
    const [key] = [...table.items].find(([, item]) => item === table.at('chunk#001')) ?? [];
    table.items.delete(key ?? '');
    for (const withSecrets of [false, true]) {
      const reads = [1, 2, 3].map((page) => readPage(store, { page, pageSize: 20 }, withSecrets));
      expect((await Promise.all(reads)).map((page) => page?.devices.length)).toEqual([20, undefined, 10]);
      expect(await readPage(store, { page: 3, pageSize: 10 }, withSecrets)).toBeUndefined();
    }
  });

  it('secrets stored without a wrapping key, or read without one', async () => {
    const { store, storeOf, faults } = setUp();
    const without = storeOf({ wrapper: undefined });
    for (const letters of ['kf', 'bf']) {
      await without.save(ref, makeDevices(letters));
      expect([store.keepsSecrets, without.keepsSecrets]).toEqual([true, false]);
      expect(await readPage(store, whole, true)).toBeUndefined();
      expect(await readPage(store, whole, false)).toMatchObject({ totalItems: 2 });
    }
    await store.save(ref, makeDevices('kf'));
    expect(await readPage(store, whole, true)).toMatchObject({ totalItems: 2 });
    expect(await readPage(without, whole, true)).toBeUndefined();
    expect(faults).toEqual([]);
  });
});

describe('a form with more in it than is known', () => {
  it('is read, and what is not known is neither shown nor kept', async () => {
    const { store, table } = setUp();
    await store.save(ref, makeDevices('kf'));
    const credentials = { type: 'certificate', certificate: 'certificate tag 0', privateKey: 'k', issuer: 'odd' };
    const error = { code: 'device-name-exists', legacyCode: 2001, legacyMessage: 'message tag 1', hint: 'odd' };
    const stored = [
      { deviceName: 'sensor-00000', status: 'created', credentials, region: 'odd' },
      { deviceName: 'sensor-00001', status: 'failed', error },
    ];
    Object.assign(table.at('chunk#000'), { data: { B: packJson(stored).toString('base64') }, odd: { S: 'odd' } });
    Object.assign(table.at('header'), { odd: { M: {} } });
    const page = await readPage(store, whole, false);
    expect(present(page?.devices)).toEqual(present(cutPage(makeDevices('kf'), whole, false).devices));
  });
});

describe('what is stored', () => {
  it('has no header if its chunks took too long', async () => {
    const { storeOf, table, setTime } = setUp();
    const slow = { ...table, putMany: (...args: Parameters<typeof table.putMany>) => table.putMany(...args).then(() => setTime(startMs + 1501)) };
    await expect(storeOf({ table: slow }).save(ref, makeDevices('kf'))).rejects.toThrow('not stored in time');
    expect([...table.items.values()].map((item) => item['sk']?.S ?? '').toSorted()).toEqual(['chunk#000', 'secrets#000']);
    expect(await storeOf({}).readTask(ref)).toEqual({});
  });

  it('leaves a larger earlier copy behind no page', async () => {
    const { store } = setUp();
    await store.save(ref, makeDevices('k'.repeat(41), 'old'));
    await store.save(ref, makeDevices('pf', 'new'));
    const page = await readPage(store, whole, true);
    expect(page).toMatchObject({ totalItems: 2, totalPages: 1 });
    expect(present(page?.devices)).toEqual(present(makeDevices('pf', 'new')));
    expect(await readPage(store, { page: 2, pageSize: 20 }, true)).toMatchObject({ devices: [] });
  });

  it('holds a task without devices', async () => {
    const { store } = setUp();
    expect(await store.save(ref, [])).toMatchObject({ totalDevices: 0 });
    for (const withSecrets of [false, true])
      expect(await readPage(store, whole, withSecrets)).toMatchObject({ devices: [], totalItems: 0, totalPages: 0 });
  });

  it('has a fetch id of its own every time', async () => {
    const { store, table } = setUp();
    const fetchIds = [await store.save(ref, makeDevices('k')), await store.save(ref, makeDevices('k'))].map(({ fetchId }) => fetchId);
    expect(new Set(fetchIds).size).toBe(2);
    expect(new Set([...table.items.values()].map((item) => item['fetchId']?.S))).toEqual(new Set(fetchIds.slice(1)));
    expect((await store.readTask(ref)).completed?.fetchId).toBe(fetchIds[1]);
  });

  it('keeps items to 100 KB, keys and all, and refuses larger chunks before it writes anything', async () => {
    const { store, table } = setUp();
    // Base64 of random bytes shrinks by a quarter.
    const text = (packedBytes: number) => randomBytes(packedBytes * 0.74).toString('base64');
    const psk = (bytes: number) => [{ deviceName: 'a', status: 'created', credentials: { type: 'psk', psk: createSecret(text(bytes)) } }] as const;
    const certificate = (bytes: number) => [{ deviceName: 'a', status: 'created', credentials: { type: 'certificate', certificate: text(bytes) } }] as const;
    for (const make of [psk, certificate]) {
      await expect(store.save(ref, make(140_000))).rejects.toThrow('is not stored');
      expect(table.items.size).toBe(0);
    }
    const longest = { productId: 'P'.repeat(64), taskId: 'T'.repeat(64) };
    const far = setUp();
    const long = far.storeOf({ account: 'a'.repeat(64) });
    await long.save(longest, psk(125_000));
    await long.save(longest, certificate(125_000));
    const sizes = [...far.table.items.values()].map((item) => JSON.stringify(item, (name, value: unknown) => (name === 'B' ? 'b'.repeat(Buffer.byteLength(String(value), 'base64')) : value)).length);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
    expect(Math.max(...sizes)).toBeGreaterThan(90_000);
  });

  it('refuses more devices than chunk numbers reach', async () => {
    const { store, table } = setUp();
    await expect(store.save(ref, makeDevices('b'.repeat(10_001)))).rejects.toThrow('is not stored');
    expect(table.items.size).toBe(0);
    await store.save(ref, makeDevices('b'.repeat(10_000)));
    expect((await readPage(store, { page: 100, pageSize: 100 }, true))?.devices.at(-1)?.deviceName).toBe('sensor-09999');
    expect(await readPage(store, { page: 2_147_483_647, pageSize: 100 }, true)).toMatchObject({ devices: [], totalItems: 10_000 });
  });
});

describe('what stands in clear beside secrets', () => {
  /** A task of 30 devices, some without secrets, and how it reads after a change. */
  async function setUpStored() {
    const all = setUp();
    await all.store.save(ref, makeDevices('kpfbkfkffp'.repeat(3)));
    const pages = () =>
      Promise.all([
        readPage(all.store, whole, true),
        readPage(all.store, { page: 2, pageSize: 20 }, true),
        readPage(all.store, { ...whole, status: 'failed' }, true),
        readPage(all.store, { page: 9, pageSize: 20 }, true),
      ]);
    return { ...all, pages };
  }
  const rewrite = (item: Record<string, unknown>, change: (device: Record<string, unknown>) => void, index: number) => {
    const devices = cutPage(makeDevices('kpfbkfkffp'.repeat(3)), { page: 1, pageSize: 20 }, false).devices.map((device) => structuredClone<Record<string, unknown>>({ ...device }));
    change(devices[index] ?? {});
    item['data'] = { B: packJson(devices).toString('base64') };
  };
  const changes: readonly [string, string, (item: Record<string, unknown>) => unknown][] = [
    ['a list cut to one device', 'header', (item) => (item['statuses'] = { S: 'c' })],
    ['a list cut to none', 'header', (item) => (item['statuses'] = { S: '' })],
    ['a list cut by its last chunk', 'header', (item) => (item['statuses'] = { S: 'ccfcc'.repeat(4) })],
    ['a status changed to failed', 'header', (item) => (item['statuses'] = { S: `fcfccfcffc${'ccfccfcffc'.repeat(2)}` })],
    ['a status changed to created', 'header', (item) => (item['statuses'] = { S: `cccccfcffc${'ccfccfcffc'.repeat(2)}` })],
    ['an expiry moved to 2096', 'header', (item) => (item['expiresAt'] = { N: '4000000000' })],
    ['an expiry moved up', 'header', (item) => (item['expiresAt'] = { N: String(startS + 60) })],
  ];

  it('opens as it was stored', async () => {
    const { pages, faults } = await setUpStored();
    expect((await pages()).map((page) => page?.devices.length)).toEqual([30, 10, 12, 0]);
    expect(faults).toEqual([]);
  });

  it.each(changes)('with %s no page opens, and each is reported as a mismatch', async (_, sk, change) => {
    const { pages, table, faults, store } = await setUpStored();
    change(table.at(sk));
    expect(await pages()).toEqual([undefined, undefined, undefined, undefined]);
    expect(faults).toEqual(Array.from({ length: 4 }, () => 'stored-mismatch'));
    // Without secrets nothing holds the two together: docs/security.md says so.
    expect(await store.readPage(ref, whole, false)).toMatchObject({ kind: 'found' });
  });

  it.each<[string, number, (device: Record<string, unknown>) => void]>([
    ['a swapped certificate', 0, (device) => (device['credentials'] = { type: 'certificate', certificate: 'certificate tag 4' })],
    ['another name', 0, (device) => (device['deviceName'] = 'sensor-99999')],
    ['another name of a device without a secret', 2, (device) => (device['deviceName'] = 'sensor-99999')],
    ['a secret’s device turned into one that has none', 0, (device) => delete device['credentials']],
    ['a failed device turned into a created one', 2, (device) => (device['status'] = 'created')],
  ])('with %s no page of that chunk opens', async (_, index, change) => {
    const { pages, table, faults } = await setUpStored();
    rewrite(table.at('chunk#000'), () => {}, index);
    expect((await pages()).map((page) => page === undefined)).toEqual([false, false, false, false]);
    rewrite(table.at('chunk#000'), change, index);
    expect((await pages()).map((page) => page === undefined)).toEqual([true, false, true, true]);
    expect(new Set(faults)).toEqual(new Set(['stored-mismatch']));
  });

  it('is held together even in a task that has no secret at all', async () => {
    const { store, table, faults } = setUp();
    await store.save(ref, makeDevices('bfb'));
    expect(await readPage(store, whole, true)).toMatchObject({ totalItems: 3 });
    Object.assign(table.at('header'), { statuses: { S: 'cf' } });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-mismatch']);
  });

  it('cannot be taken from an earlier fetch of the same task', async () => {
    const { store, table, faults } = setUp();
    await store.save(ref, makeDevices('kk', 'old'));
    const old = structuredClone(table.at('chunk#000'));
    await store.save(ref, makeDevices('kk', 'new'));
    Object.assign(table.at('chunk#000'), { data: old['data'] });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-mismatch']);
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
    const page = await readPage(store, whole, true);
    expect(present(page?.devices)).toEqual(present(devices));
    expect(counts()).toEqual([1, 1]);
  });

  it('cost one each too if the page, or the whole task, has no secret: that shows nothing was changed', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.resetHistory();
    for (const query of [{ ...whole, status: 'failed' as const }, { page: 2, pageSize: 100 }]) expect(await readPage(store, query, true)).toBeDefined();
    expect(counts()).toEqual([0, 2]);
    const none = { ...ref, taskId: 'none' };
    await store.save(none, makeDevices('fbf'));
    expect(await readPage(store, whole, true, none)).toMatchObject({ totalItems: 3 });
    expect(counts()).toEqual([1, 3]);
  });

  it('cost nothing if none are asked for', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.resetHistory();
    await store.readPage(ref, whole, false);
    await store.readPage(ref, { ...whole, status: 'failed' }, false);
    await store.readTask(ref);
    expect(counts()).toEqual([0, 0]);
  });

  it('cost no Decrypt if a chunk of them is missing, of another fetch or expired: the page is lost anyway', async () => {
    const { store, table, faults } = setUp(wrapper);
    const changes: ((item: Record<string, unknown>) => unknown)[] = [
      (item) => (item['sk'] = { S: 'secrets#999' }),
      (item) => (item['fetchId'] = { S: 'another' }),
      (item) => (item['expiresAt'] = { N: String(startS) }),
      (item) => (item['v'] = { N: '1' }),
      (item) => (item['data'] = { S: 'text' }),
    ];
    for (const change of changes) {
      table.items.clear();
      await store.save(ref, devices);
      mock.resetHistory();
      change(table.at('secrets#000'));
      expect(await readPage(store, whole, true)).toBeUndefined();
      expect(counts()).toEqual([0, 0]);
    }
    expect(faults).toEqual(changes.map(() => 'stored-secret-unreadable'));
  });

  it('count as absent if two chunks of them were swapped, even between devices of one name', async () => {
    const { store, table, faults } = setUp(wrapper);
    const twin = (psk: string) => ({ deviceName: 'twin', status: 'created', credentials: { type: 'psk', psk: createSecret(psk) } }) as const;
    await store.save(ref, [...Array.from({ length: 20 }, () => twin('one')), ...Array.from({ length: 20 }, () => twin('other'))]);
    expect(await readPage(store, whole, true)).toBeDefined();
    const [one, other] = [table.at('secrets#000'), table.at('secrets#001')];
    const { data } = one;
    Object.assign(one, { data: other['data'] });
    Object.assign(other, { data });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-mismatch']);
  });

  it('are bound to names only: no secret is in the encryption context, the same in both calls', async () => {
    const { store, table } = setUp(wrapper);
    await store.save(ref, devices);
    await store.readPage(ref, whole, true);
    const contexts = mock.calls().map((call) => Reflect.get(call.args[0].input, 'EncryptionContext') as unknown); // both commands have one
    expect(contexts[0]).toEqual({ service: 'iotcloud-rest', account, ...ref, fetchId: table.at('header')['fetchId']?.S });
    expect(contexts[1]).toEqual(contexts[0]);
    for (const secret of devices.flatMap((device) => secretOf(device)?.reveal() ?? []))
      expect(JSON.stringify(mock.calls().map((call) => call.args))).not.toContain(secret);
  });

  it('leave an earlier copy readable if KMS gives no key, and show nothing of the new one', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.GenerateDataKeyCommand).rejects(named('KMSInternalException'));
    await expect(store.save(ref, makeDevices('ppp', 'new'))).rejects.toThrow('KMSInternalException');
    for (const withSecrets of [true, false]) {
      const page = await readPage(store, whole, withSecrets);
      expect(present(page?.devices)).toEqual(present(cutPage(devices, whole, withSecrets).devices));
    }
    expect(faults).toEqual([]);
  });

  it('are not stored at all if KMS gives no key, nor is anything else', async () => {
    const { store, table } = setUp(wrapper);
    mock.on(kms.GenerateDataKeyCommand).rejects(named('AccessDeniedException'));
    await expect(store.save(ref, devices)).rejects.toThrow('AccessDeniedException');
    expect(table.items.size).toBe(0);
  });

  it('throw on a fault that may pass, so that the caller asks the vendor', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).rejects(named('ThrottlingException'));
    await expect(store.readPage(ref, whole, true)).rejects.toThrow('ThrottlingException');
    expect(await readPage(store, whole, false)).toMatchObject({ totalItems: 5 });
  });

  it('count as absent, and are reported, if their key is lost', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).rejects(named('DisabledException'));
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-secret-unreadable']);
    expect(await readPage(store, whole, false)).toMatchObject({ totalItems: 5 });
  });

  it.each([undefined, new Uint8Array(), new Uint8Array(16)])('count as absent, and their key as lost, if KMS gives none', async (Plaintext) => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).resolves(Plaintext === undefined ? {} : { Plaintext });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-secret-unreadable']);
  });

  it('count as absent, as if they were changed, if KMS gives another key', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).resolves({ Plaintext: new Uint8Array(32) });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-mismatch']);
  });
});
