import { describe, expect, it } from 'vitest';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { makeNameIndex } from '../../../../lib/store/nameIndex.ts';
import { packJson } from '../../../../lib/store/packing.ts';
import { makeDevices } from '../../../support/devices.ts';
import { readPage, ref, setUp, startS, whole } from './memoryStore.ts';

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
  const names = makeDevices('b'.repeat(30)).map(({ deviceName }) => deviceName);
  const changes: readonly [string, string, (item: Record<string, unknown>) => unknown][] = [
    ['a list cut to one device', 'header', (item) => (item['statuses'] = { S: 'c' })],
    ['a list cut to none', 'header', (item) => (item['statuses'] = { S: '' })],
    ['a list cut by its last chunk', 'header', (item) => (item['statuses'] = { S: 'ccfcc'.repeat(4) })],
    ['a status changed to failed', 'header', (item) => (item['statuses'] = { S: `fcfccfcffc${'ccfccfcffc'.repeat(2)}` })],
    ['a status changed to created', 'header', (item) => (item['statuses'] = { S: `cccccfcffc${'ccfccfcffc'.repeat(2)}` })],
    ['a name taken out of the index', 'header', (item) => (item['nameIndex'] = { B: makeNameIndex(names.with(3, 'other')).toString('base64') })],
    ['an index cut by its last name', 'header', (item) => (item['nameIndex'] = { B: makeNameIndex(names.slice(0, -1)).toString('base64') })],
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
