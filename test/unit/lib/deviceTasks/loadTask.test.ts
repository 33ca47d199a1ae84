import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../lib/errors.ts';
import { makeDevices } from '../../../support/devices.ts';
import { createFakeSource, createFakeStore, makeScope, outOfReach, ref, wire } from './fakePorts.ts';

const devices = makeDevices('kpf');
const many = Array.from({ length: 50 });

describe('createLoadTask', () => {
  it('asks for the status, then for the devices, and stores them', async () => {
    const { source, calls } = createFakeSource(devices);
    const { store, calls: storeCalls, expiresAtS } = createFakeStore();
    const loaded = await wire(source, store).deps.loadTask(ref, makeScope(), true);
    expect(loaded).toEqual({ status: 'completed', devices, stored: { totalDevices: 3, createdDevices: 2, failedDevices: 1, expiresAtS, fetchId: 'fetch' } });
    expect([calls, storeCalls]).toEqual([['readStatus', 'readDevices'], ['readTask', 'save']]);
  });

  it.each(['pending', 'running'] as const)('asks for no devices of a task that is %s, and stores nothing', async (status) => {
    const { source, calls } = createFakeSource(devices, status);
    const { store, calls: storeCalls } = createFakeStore();
    expect(await wire(source, store).deps.loadTask(ref, makeScope(), true)).toEqual({ status });
    expect([calls, storeCalls]).toEqual([['readStatus'], []]);
  });

  it('shares one fetch and one save among 50 concurrent loads of a task', async () => {
    const { source, calls } = createFakeSource(devices);
    const { store, calls: storeCalls } = createFakeStore();
    const { loadTask } = wire(source, store).deps;
    const loaded = await Promise.all(many.map(() => loadTask({ ...ref }, makeScope(), true)));
    expect(loaded.every((task) => task.status === 'completed' && task.devices === devices)).toBe(true);
    expect([calls, storeCalls]).toEqual([['readStatus', 'readDevices'], ['readTask', 'save']]);
  });

  it('shares no fetch between tasks, nor between products', async () => {
    const { source, calls } = createFakeSource(devices);
    const { loadTask } = wire(source, createFakeStore().store).deps;
    const refs = [ref, { ...ref, taskId: 'T2' }, { ...ref, productId: 'P2' }, { productId: 'PT', taskId: '' }];
    await Promise.all(refs.map((other) => loadTask(other, makeScope(), true)));
    expect(calls).toHaveLength(8);
  });

  it('fails all that share a fetch, and remembers neither failure nor success', async () => {
    const { source, calls, setFault } = createFakeSource(devices);
    const { loadTask } = wire(source, createFakeStore().store).deps;
    const fault = new AppError('upstream-timeout', 'too late');
    setFault(fault);
    const settled = await Promise.allSettled(many.map(() => loadTask(ref, makeScope(), true)));
    expect(settled.every((result) => result.status === 'rejected' && result.reason === fault)).toBe(true);
    setFault(undefined);
    expect(await loadTask(ref, makeScope(), true)).toMatchObject({ status: 'completed' });
    expect(await loadTask(ref, makeScope(), true)).toMatchObject({ status: 'completed' });
    expect(calls.filter((name) => name === 'readStatus')).toHaveLength(3);
  });

  it('answers from the vendor where storing fails, and tells the operator', async () => {
    const { store } = createFakeStore({ save: outOfReach });
    const { deps, faults } = wire(createFakeSource(devices).source, store);
    expect(await deps.loadTask(ref, makeScope(), true)).toEqual({ status: 'completed', devices, stored: undefined });
    expect(faults).toEqual(['cache-write-failed']);
  });

  it('does not try to store where it may not', async () => {
    const { store, calls } = createFakeStore();
    expect(await wire(createFakeSource(devices).source, store).deps.loadTask(ref, makeScope(), false)).toMatchObject({ stored: undefined });
    expect(calls).toEqual([]);
  });
});
