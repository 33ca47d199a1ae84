import { describe, expect, it } from 'vitest';
import { createFollowTask } from '../../../../lib/deviceTasks/followTask.ts';
import { AppError } from '../../../../lib/errors.ts';
import { makeCreation, makeDevices } from '../../../support/devices.ts';
import { createFakeSource, createFakeStore, makeContext, nowS, outOfReach, ref, wire } from './fakePorts.ts';

const devices = makeDevices('kpf');
const counts = { totalDevices: 3, createdDevices: 2, failedDevices: 1 };
const creation = makeCreation(devices, nowS + 99);
const { createdAtS } = creation;
const createdHere = { readTask: () => Promise.resolve({ creation }) };

function setUp(storeOverrides: Parameters<typeof createFakeStore>[0] = {}, status: 'pending' | 'running' | 'completed' = 'completed') {
  const source = createFakeSource(devices, status);
  const store = createFakeStore(storeOverrides);
  const { deps, faults } = wire(source.source, store.store);
  const followTask = createFollowTask(deps);
  const follow = async () => {
    const context = makeContext();
    return { state: await followTask(ref, context), cache: context.tally.cache };
  };
  return { follow, followTask, source, store, faults };
}

describe('createFollowTask', () => {
  it('fetches and stores the results when it first sees the task completed, and hits from then on', async () => {
    const { follow, source, store } = setUp();
    const state = { status: 'completed', ...counts, expiresAtS: nowS + 600 };
    expect(await follow()).toEqual({ state, cache: { kind: 'miss', stored: true } });
    expect(await follow()).toEqual({ state, cache: { kind: 'hit', ttlS: 600 } });
    expect(source.calls).toEqual(['readStatus', 'readDevices']);
    expect(store.calls).toEqual(['readTask', 'readTask', 'save', 'readTask']);
  });

  it.each(['pending', 'running'] as const)('tells of a task that is %s, and stores nothing', async (status) => {
    const { follow, store } = setUp({}, status);
    expect(await follow()).toEqual({ state: { status }, cache: { kind: 'miss', stored: false } });
    expect(store.calls).toEqual(['readTask']);
  });

  it.each(['pending', 'running'] as const)('tells when a task that is %s was created, of how many devices, and when it ends, if it was created through us', async (status) => {
    const { follow } = setUp(createdHere, status);
    expect((await follow()).state).toEqual({ status, totalDevices: 3, createdAtS, expiresAtS: nowS + 99 });
  });

  it("gives the task's own end if its results could not be stored", async () => {
    const { follow, faults } = setUp({ ...createdHere, save: outOfReach });
    const state = { status: 'completed', ...counts, createdAtS, expiresAtS: nowS + 99 };
    expect(await follow()).toEqual({ state, cache: { kind: 'miss', stored: false } });
    expect(faults).toEqual(['cache-write-failed']);
  });

  it('gives the expiry of what is stored, if it is', async () => {
    expect((await setUp(createdHere).follow()).state).toMatchObject({ createdAtS, expiresAtS: nowS + 600 });
  });

  it("hands the task's own end to the store", async () => {
    const ends: (number | undefined)[] = [];
    const save = (_ref: unknown, _devices: unknown, endsAtS?: number) => {
      ends.push(endsAtS);
      return outOfReach();
    };
    await setUp({ ...createdHere, save }).follow();
    await setUp({ save }).follow();
    expect(ends).toEqual([nowS + 99, undefined]);
  });

  it('goes past a store that fails: the vendor answers, nothing is stored', async () => {
    const { follow, store, faults } = setUp({ readTask: outOfReach });
    expect(await follow()).toEqual({ state: { status: 'completed', ...counts }, cache: { kind: 'bypass' } });
    expect([store.calls, faults]).toEqual([['readTask'], ['cache-read-failed']]);
  });

  it('tells that a task is running whose results are not finished, although the vendor calls it completed', async () => {
    const { follow, source, store } = setUp(createdHere);
    source.setFault(new AppError('task-not-completed', 'not finished'));
    const state = { status: 'running', totalDevices: 3, createdAtS, expiresAtS: nowS + 99 };
    expect(await follow()).toEqual({ state, cache: { kind: 'miss', stored: false } });
    expect(store.calls).not.toContain('save');
  });

  it('passes the vendor’s refusals on', async () => {
    const { followTask, source } = setUp();
    const fault = new AppError('task-not-found', 'no such task');
    source.setFault(fault);
    const context = makeContext();
    await expect(followTask(ref, context)).rejects.toBe(fault);
    expect(context.tally.cache).toEqual({ kind: 'miss', stored: false });
  });
});
