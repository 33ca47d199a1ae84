import { describe, expect, it } from 'vitest';
import { withoutSecret } from '../../../../lib/deviceTasks/device.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { packJson } from '../../../../lib/store/packing.ts';
import { makeDevices, present } from '../../../support/devices.ts';
import { readPage, ref, setUp, startS, whole } from './memoryStore.ts';

describe('what counts as absent', () => {
  const data = (value: unknown) => ({ B: packJson(value).toString('base64') });
  const bare = { deviceName: 'a', status: 'created' };
  const noHeader: readonly [string, (item: Record<string, unknown>) => unknown][] = [
    ['of the first form', (item) => (item['v'] = { N: '1' })],
    ['of another version', (item) => (item['v'] = { N: '4' })],
    ['without version', (item) => delete item['v']],
    ['of an unreadable expiry', (item) => (item['expiresAt'] = { N: 'soon' })],
    ['that has expired', (item) => (item['expiresAt'] = { N: String(startS) })],
    ['with an unknown status', (item) => (item['statuses'] = { S: 'cx' })],
    ['without an index of names', (item) => delete item['nameIndex']],
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
    const stored: unknown = JSON.parse(JSON.stringify(makeDevices('kf').map(withoutSecret)), (_, value: unknown) =>
      typeof value === 'object' && !Array.isArray(value) ? { ...value, odd: 'odd' } : value,
    );
    Object.assign(table.at('chunk#000'), { data: { B: packJson(stored).toString('base64') }, odd: { S: 'odd' } });
    Object.assign(table.at('header'), { odd: { M: {} } });
    const page = await readPage(store, whole, false);
    expect(present(page?.devices)).toEqual(present(cutPage(makeDevices('kf'), whole, false).devices));
  });

  it('is absent if a secret is in it in clear, which is never written', async () => {
    const { store, table } = setUp();
    await store.save(ref, makeDevices('k'));
    const credentials = { type: 'certificate', certificate: 'certificate tag 0', privateKey: 'k' };
    const stored = [{ deviceName: 'sensor-00000', status: 'created', credentials }];
    Object.assign(table.at('chunk#000'), { data: { B: packJson(stored).toString('base64') } });
    expect(await readPage(store, whole, false)).toBeUndefined();
  });
});
