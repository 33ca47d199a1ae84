import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecret } from '../../../../lib/secret.ts';
import { makeDevices, present } from '../../../support/devices.ts';
import { dayMs, readPage, ref, setUp, startMs, startS, whole } from './memoryStore.ts';

const creation = { createdAtS: startS, expiresAtS: startS + 3600, totalDevices: 2, namesHash: 'hash', api: 'v2' };

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
    await store.noteCreation(ref, creation, startMs);
    expect(await store.readTask(ref)).toEqual({ creation });
    const completed = await store.save(ref, makeDevices('kf'));
    expect(await store.readTask(ref)).toEqual({ completed, creation });
  });

  it('is unknown once the task has ended', async () => {
    const { store, setTime } = setUp();
    await store.noteCreation(ref, creation, startMs);
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
    await store.noteCreation(ref, creation, startMs);
    change(table.at('creation'));
    expect(await store.readTask(ref)).toEqual({});
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
