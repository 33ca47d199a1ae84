import { createPrivateKey, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretOf } from '../../../lib/deviceTasks/device.ts';
import { issueDevices, makeDevices } from '../../support/devices.ts';
import { pageOf } from '../../support/pageOf.ts';
import { everything, show, showCut, startStoreFixture, type StoreFixture } from './storeFixture.ts';
import type { SdkItem } from '../../support/testTable.ts';

let fixture: StoreFixture;
const ref = (taskId: string) => ({ productId: 'P', taskId });

beforeAll(async () => {
  fixture = await startStoreFixture();
});
afterAll(() => fixture.close());

const readers = [false, true];
const pkOf = (item: SdkItem) => item['pk']?.S ?? '';
const itemsOf = async (taskId: string) => (await fixture.scan()).filter((item) => pkOf(item).endsWith(`#${taskId}`));

/** An item's size as DynamoDB reckons it: names and values, numbers at their longest. */
function sizeOf(item: SdkItem): number {
  return Object.entries(item).reduce((size, [name, value]) => {
    const length = value.B?.length ?? Buffer.byteLength(value.S ?? value.N ?? '');
    return size + Buffer.byteLength(name) + length;
  }, 0);
}

describe('a task of 100 devices with RSA-2048 keys', () => {
  it('comes back whole, with and without secrets, in items of at most 100 KB', async () => {
    const devices = await issueDevices('certificate', 100, 'rsa-2048');
    const keys = devices.map((device) => createPrivateKey(secretOf(device)?.reveal() ?? ''));
    expect(new Set(keys.map((key) => `${key.asymmetricKeyType} ${key.asymmetricKeyDetails?.modulusLength}`))).toEqual(new Set(['rsa 2048']));
    await fixture.store.save(ref('rsa'), devices);
    for (const withSecrets of readers)
      for (const query of [everything, { page: 3, pageSize: 7 }, { ...everything, status: 'created' as const }])
        expect(show(query, await pageOf(fixture.store.readPage(ref('rsa'), query, withSecrets)))).toBe(showCut(devices, query, withSecrets));
    const items = await itemsOf('rsa');
    expect(items).toHaveLength(11);
    expect(Math.max(...items.map(sizeOf))).toBeLessThan(100_000);
  });
});

describe('stored items', () => {
  it('expire within 31 days, all at once, and not after their task ends', async () => {
    await fixture.store.save(ref('long'), makeDevices('kpf'));
    await fixture.store.save(ref('short'), makeDevices('kpf'), fixture.startS + 3600);
    const expiries = async (taskId: string) => [...new Set((await itemsOf(taskId)).map((item) => Number(item['expiresAt']?.N)))];
    expect(await expiries('long')).toEqual([fixture.startS + 30 * 86_400]);
    expect(await expiries('short')).toEqual([fixture.startS + 3600]);
  });

  it('of the largest chunks that are taken fit the table, in one write and in one read', async () => {
    const devices = makeDevices('b'.repeat(250)).map(({ deviceName }) => {
      const certificate = randomBytes(4600).toString('base64');
      return { deviceName, status: 'created', credentials: { type: 'certificate', certificate } } as const;
    });
    await fixture.store.save(ref('large'), devices);
    expect(show(everything, await pageOf(fixture.store.readPage(ref('large'), everything, true)))).toBe(showCut(devices, everything, true));
    const sizes = (await itemsOf('large')).map(sizeOf);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
    expect(Math.max(...sizes)).toBeGreaterThan(90_000);
  });

  it('of a task without devices are its header and an empty chunk', async () => {
    await fixture.store.save(ref('empty'), []);
    expect(await fixture.store.readPage(ref('empty'), everything, true)).toMatchObject({ value: { devices: [], totalItems: 0, totalPages: 0 } });
    expect((await itemsOf('empty')).map((item) => item['sk']?.S ?? '').toSorted()).toEqual(['chunk#000', 'header', 'secrets#000']);
  });

  it('of a task of 250 devices come back page by page', async () => {
    const devices = makeDevices('kpfb'.repeat(63).slice(0, 250));
    await fixture.store.save(ref('many'), devices);
    for (const status of [undefined, 'failed'] as const)
      for (const page of [1, 2, 3, 4]) {
        const query = { page, pageSize: 100, ...(status === undefined ? {} : { status }) };
        expect(show(query, await pageOf(fixture.store.readPage(ref('many'), query, true)))).toBe(showCut(devices, query, true));
      }
  });
});

describe('another account', () => {
  it('sees nothing', async () => {
    const creation = { createdAtS: fixture.startS, expiresAtS: fixture.startS + 3600, totalDevices: 3, namesHash: 'hash' };
    await fixture.store.save(ref('mine'), makeDevices('kpf'));
    await fixture.store.noteCreation(ref('mine'), creation, fixture.clock.now());
    const stranger = fixture.storeOver(fixture.call, { account: 'other' });
    for (const withSecrets of readers) expect(await stranger.readPage(ref('mine'), everything, withSecrets)).toEqual({ kind: 'absent' });
    expect(await stranger.readTask(ref('mine'))).toEqual({});
    await stranger.save(ref('mine'), makeDevices('b'));
    expect(show(everything, await pageOf(fixture.store.readPage(ref('mine'), everything, true)))).toBe(showCut(makeDevices('kpf'), everything, true));
  });

  it('has keys of its own: each begins with the account', async () => {
    const keys = new Set((await fixture.scan()).map(pkOf));
    expect(keys.size).toBeGreaterThan(4);
    for (const key of keys) expect(key).toMatch(/^(main|other)#((task|creation)#P#\w+|device-tasks#P)$/);
  });
});

describe('what has expired', () => {
  it('counts as absent, though it still stands in the table', async () => {
    await fixture.store.save(ref('old'), makeDevices('kpf'));
    fixture.move(30 * 86_400_000);
    for (const withSecrets of readers) expect(await fixture.store.readPage(ref('old'), everything, withSecrets)).toEqual({ kind: 'absent' });
    expect(await fixture.store.readTask(ref('old'))).toEqual({});
    expect(await itemsOf('old')).toHaveLength(3);
    await fixture.store.save(ref('old'), makeDevices('kp'));
    expect(await fixture.store.readPage(ref('old'), everything, true)).toMatchObject({ value: { totalItems: 2 } });
  });
});
