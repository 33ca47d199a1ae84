import { describe, expect, it } from 'vitest';
import { withoutSecret } from '../../../../lib/deviceTasks/device.ts';
import { createReadDevice, createReadResults, cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { AppError } from '../../../../lib/errors.ts';
import { makeDevices, present } from '../../../support/devices.ts';
import { createFakeSource, createFakeStore, freeLease, makeContext, nowS, outOfReach, ref, wire } from './fakePorts.ts';

const devices = makeDevices('kpfkf');
const query = { page: 1, pageSize: 20 };

function setUp(storeOverrides: Parameters<typeof createFakeStore>[0] = {}, status: 'pending' | 'running' | 'completed' = 'completed') {
  const source = createFakeSource(devices, status);
  const store = createFakeStore(storeOverrides);
  const { deps, faults } = wire(source.source, store.store);
  const readResults = createReadResults(deps);
  const read = async (withSecrets = false, pageQuery: Parameters<typeof readResults>[1] = query) => {
    const context = makeContext();
    const page = await readResults(ref, pageQuery, withSecrets, context);
    return { page, cache: context.tally.cache };
  };
  return { read, readResults, readDevice: createReadDevice(deps), source, store, faults };
}

describe('createReadResults', () => {
  it('misses, stores, then hits without asking the vendor', async () => {
    const { read, source, store } = setUp();
    expect((await read()).cache).toEqual({ kind: 'miss', stored: true });
    expect((await read()).cache).toEqual({ kind: 'hit', ttlS: 600 });
    expect(source.calls).toEqual(['readStatus', 'readDevices']);
    expect(store.calls).toEqual(['readPage', 'readTask', 'save', 'readPage']);
  });

  it.each([true, false])('gives the same page from vendor and store (secrets: %s)', async (withSecrets) => {
    const { read } = setUp();
    for (const pageQuery of [query, { page: 2, pageSize: 2 }, { ...query, status: 'failed' as const }, { page: 9, pageSize: 9 }]) {
      const expected = cutPage(devices, pageQuery, withSecrets);
      const [cold, warm] = [await read(withSecrets, pageQuery), await read(withSecrets, pageQuery)];
      for (const { page } of [cold, warm]) {
        expect(present(page.devices)).toEqual(present(expected.devices));
        expect(page).toMatchObject({ totalItems: expected.totalItems, totalPages: expected.totalPages });
      }
    }
  });

  it('asks the store for secrets only where they are wanted, and strips them otherwise', async () => {
    const asked: boolean[] = [];
    const { read } = setUp({
      readPage: (_ref, _query, withSecrets) => {
        asked.push(withSecrets);
        return Promise.resolve({ kind: 'absent' });
      },
      readTask: () => Promise.resolve({}),
    });
    expect(JSON.stringify(present((await read(false)).page.devices))).not.toMatch(/privateKey|psk":/);
    expect(JSON.stringify(present((await read(true)).page.devices))).toMatch(/"privateKey":"private key tag 0".*"psk":"/);
    expect(asked).toEqual([false, true]);
  });

  it('goes past a store that fails: the vendor answers, nothing is stored, the operator is told', async () => {
    const { read, source, store, faults } = setUp({ readPage: outOfReach });
    const { page, cache } = await read();
    expect(cache).toEqual({ kind: 'bypass' });
    expect(page.totalItems).toBe(5);
    expect([source.calls, store.calls, faults]).toEqual([['readStatus', 'readDevices'], ['readPage'], ['cache-read-failed']]);
  });

  it('goes past a store that fails at once, before it gives a promise', async () => {
    const { read, faults } = setUp({
      readPage: () => {
        throw new Error('no table');
      },
    });
    expect((await read()).cache).toEqual({ kind: 'bypass' });
    expect(faults).toEqual(['cache-read-failed']);
  });

  it('misses without storing where the write fails', async () => {
    const { read, faults } = setUp({ save: outOfReach });
    expect(await read()).toMatchObject({ cache: { kind: 'miss', stored: false }, page: { totalItems: 5 } });
    expect(faults).toEqual(['cache-write-failed']);
  });

  it('leaves a store that keeps no secrets alone where they are asked for', async () => {
    const { read, store } = setUp({ keepsSecrets: false });
    expect((await read(true)).cache).toEqual({ kind: 'bypass' });
    expect(store.calls).toEqual([]);
    expect((await read(false)).cache).toEqual({ kind: 'miss', stored: true });
  });

  it.each(['pending', 'running'] as const)('refuses the results of a task that is %s', async (status) => {
    const { readResults, store } = setUp({}, status);
    const context = makeContext();
    const error: unknown = await readResults(ref, query, false, context).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'task-not-completed', options: { members: { taskStatus: status } } });
    expect(context.tally.cache).toEqual({ kind: 'miss', stored: false });
    expect(store.calls).toEqual(['readPage']);
  });

  it('passes the vendor’s refusals on, with the cache told as missed or bypassed', async () => {
    const fault = new AppError('task-not-found', 'no such task');
    for (const [overrides, kind] of [[{}, 'miss'], [{ readPage: outOfReach }, 'bypass']] as const) {
      const { readResults, source } = setUp(overrides);
      source.setFault(fault);
      const context = makeContext();
      await expect(readResults(ref, query, false, context)).rejects.toBe(fault);
      expect(context.tally.cache?.kind).toBe(kind);
    }
  });

  it('tells the time to live in whole seconds, a begun one counted', async () => {
    const value = { devices: [], totalItems: 0, totalPages: 0 };
    const { store } = createFakeStore({ readPage: () => Promise.resolve({ kind: 'found', value, expiresAtS: nowS + 1 }) });
    const { deps } = wire(createFakeSource(devices).source, store, freeLease, nowS * 1000 + 999);
    const context = makeContext();
    await createReadResults(deps)(ref, query, false, context);
    expect(context.tally.cache).toEqual({ kind: 'hit', ttlS: 1 });
  });

  it('shares one fetch among 50 concurrent cold reads, each with its own page', async () => {
    const { read, source, store } = setUp();
    const reads = await Promise.all(Array.from({ length: 50 }, (_, index) => read(index % 2 === 0, { page: (index % 5) + 1, pageSize: 1 })));
    expect(source.calls).toEqual(['readStatus', 'readDevices']);
    expect(store.calls.filter((name) => name === 'save')).toHaveLength(1);
    for (const [index, { page }] of reads.entries())
      expect(present(page.devices)).toEqual(present(cutPage(devices, { page: (index % 5) + 1, pageSize: 1 }, index % 2 === 0).devices));
  });
});

describe('reading one device', () => {
  it.each([true, false])('gives the same from vendor and store, its secret only if asked for (secrets: %s)', async (withSecrets) => {
    const { readDevice, store, source } = setUp();
    for (const [round, calls] of [['cold', 2], ['warm', 2]] as const)
      for (const device of devices) {
        const read = await readDevice(ref, device.deviceName, withSecrets, makeContext());
        expect([round, present([read])]).toEqual([round, present([withSecrets ? device : withoutSecret(device)])]);
        expect(source.calls).toHaveLength(calls);
      }
    expect(new Set(store.calls)).toEqual(new Set(['readDevice', 'readTask', 'save']));
  });

  it('tells a name that is not there from a task that is not completed, cold and warm', async () => {
    const { readDevice } = setUp();
    for (const kind of ['miss', 'hit']) {
      const context = makeContext();
      await expect(readDevice(ref, 'other', true, context)).rejects.toMatchObject({ code: 'device-not-found' });
      expect(context.tally.cache?.kind).toBe(kind);
    }
    await expect(setUp({}, 'running').readDevice(ref, 'sensor-00000', true, makeContext())).rejects.toMatchObject({ code: 'task-not-completed' });
  });

  it('leaves a store that keeps no secrets alone where they are asked for', async () => {
    const { readDevice, store } = setUp({ keepsSecrets: false });
    expect(await readDevice(ref, 'sensor-00000', true, makeContext())).toMatchObject({ deviceName: 'sensor-00000' });
    expect(store.calls).toEqual([]);
  });
});
