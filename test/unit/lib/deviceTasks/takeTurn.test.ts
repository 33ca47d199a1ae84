import { beforeEach, describe, expect, it } from 'vitest';
import { createLoadTask } from '../../../../lib/deviceTasks/loadTask.ts';
import type { FetchLease, TaskRecord } from '../../../../lib/deviceTasks/ports.ts';
import { takeTurn } from '../../../../lib/deviceTasks/takeTurn.ts';
import { makeDevices } from '../../../support/devices.ts';
import { createFakeSource, createFakeStore, makeScope, nowMs, outOfReach, ref } from './fakePorts.ts';

const completed: TaskRecord = { completed: { totalDevices: 1, createdDevices: 1, failedDevices: 0, expiresAtS: 1, fetchId: 'fetch' } };

let log: string[];
let faults: string[];
beforeEach(() => {
  log = [];
  faults = [];
});

interface World {
  /** What acquiring brings; `held`: another process has it. */
  readonly lease: 'free' | 'held' | 'unreachable';
  /** From which look at the store on, counted from 1, the task stands there; never unless given. */
  readonly storedAt?: number;
  /** At which look at the store it is out of reach. */
  readonly unreadableAt?: number;
  readonly release?: () => Promise<void>;
}

/** Time moves by sleeping alone. */
function setUp({ lease: state, storedAt = Infinity, unreadableAt, release = () => Promise.resolve() }: World) {
  let timeMs = nowMs;
  let looks = 0;
  const lease: FetchLease = {
    acquire: () => {
      log.push('acquire');
      if (state === 'unreachable') return outOfReach();
      if (state === 'held') return Promise.resolve(undefined);
      return Promise.resolve(() => {
        log.push('release');
        return release();
      });
    },
  };
  const { store } = createFakeStore({
    readTask: () => {
      looks += 1;
      log.push('look');
      if (looks === unreadableAt) return outOfReach();
      return Promise.resolve(looks >= storedAt ? completed : {});
    },
  });
  const clock = { now: () => timeMs, sleep: (ms: number) => Promise.resolve(void (timeMs += ms)) };
  const deps = { lease, store, clock, reportFault: (event: string) => void faults.push(event) };
  return { deps, waitedMs: () => timeMs - nowMs, take: (scope = makeScope()) => takeTurn(deps, ref, scope) };
}

describe('who gets the lease', () => {
  it('has its turn, and gives the lease back once it is done', async () => {
    const turn = await setUp({ lease: 'free' }).take();
    expect(turn.kind).toBe('ours');
    expect(log).toEqual(['acquire', 'look']);
    if (turn.kind === 'ours') await turn.release();
    expect(log).toEqual(['acquire', 'look', 'release']);
  });

  it('gives it back at once where its last holder has stored the task meanwhile', async () => {
    expect(await setUp({ lease: 'free', storedAt: 1 }).take()).toEqual({ kind: 'stored' });
    expect(log).toEqual(['acquire', 'look', 'release']);
  });

  it('is not troubled by a lease that cannot be given back; the operator is told', async () => {
    const turn = await setUp({ lease: 'free', release: outOfReach }).take();
    if (turn.kind === 'ours') await turn.release();
    expect(faults).toEqual(['lease-not-released']);
  });

  it('gives it back, without waiting for that, where the store cannot be read', async () => {
    const never = new Promise<void>(() => {});
    expect(await setUp({ lease: 'free', unreadableAt: 1, release: () => never }).take()).toEqual({ kind: 'unreachable' });
    expect([log, faults]).toEqual([['acquire', 'look', 'release'], ['lease-unavailable']]);
  });
});

describe('who does not get the lease', () => {
  it('looks at the store every 50 ms until the task stands there', async () => {
    const { take, waitedMs } = setUp({ lease: 'held', storedAt: 4 });
    expect(await take()).toEqual({ kind: 'stored' });
    expect([log, waitedMs()]).toEqual([['acquire', 'look', 'look', 'look', 'look'], 200]);
  });

  it('waits for two and a half seconds, then goes on alone, and asks for the lease no more', async () => {
    const { take, waitedMs } = setUp({ lease: 'held' });
    expect(await take()).toEqual({ kind: 'alone' });
    expect([waitedMs(), log.length, faults]).toEqual([2500, 51, []]);
  });

  it.each([
    [3900, 900],
    [3049, 50],
    [3000, 0],
    [1000, 0],
    [-1, 0],
  ])('leaves 3 s for the fetch: with %i ms left it waits %i ms', async (leftMs, expectedMs) => {
    const { take, waitedMs } = setUp({ lease: 'held' });
    expect(await take({ ...makeScope(), deadlineMs: nowMs + leftMs })).toEqual({ kind: 'alone' });
    expect(waitedMs()).toBe(expectedMs);
  });

  it('waits no longer once the store cannot be read', async () => {
    const { take, waitedMs } = setUp({ lease: 'held', unreadableAt: 2 });
    expect(await take()).toEqual({ kind: 'unreachable' });
    expect([waitedMs(), faults]).toEqual([100, ['lease-unavailable']]);
  });
});

describe('without a store', () => {
  it('nobody waits, and the operator is told', async () => {
    const { take, waitedMs } = setUp({ lease: 'unreachable' });
    expect(await take()).toEqual({ kind: 'unreachable' });
    expect([waitedMs(), log, faults]).toEqual([0, ['acquire'], ['lease-unavailable']]);
  });
});

describe('a load that takes turns', () => {
  const devices = makeDevices('kf');

  function load(world: World, status: 'completed' | 'running' = 'completed', { mayStore = true, alone = false } = {}) {
    const { deps } = setUp(world);
    const source = createFakeSource(devices, status);
    const saves: string[] = [];
    const store = { ...deps.store, save: () => Promise.resolve(void saves.push('save')).then(outOfReach) };
    const loadTask = createLoadTask({ source: source.source, store, reportFault: deps.reportFault, takeTurn: (task, scope) => takeTurn(deps, task, scope) });
    return { ...source, saves, loaded: loadTask(ref, makeScope(), mayStore, alone) };
  }

  it('gives the lease back after storing, whether or not it could', async () => {
    const { loaded, saves } = load({ lease: 'free' });
    expect(await loaded).toMatchObject({ status: 'completed', devices });
    expect([saves, log, faults]).toEqual([['save'], ['acquire', 'look', 'look', 'release'], ['cache-write-failed']]);
  });

  it('gives the lease back where the vendor fails', async () => {
    const { deps } = setUp({ lease: 'free' });
    const source = { ...createFakeSource(devices).source, readDevices: () => Promise.reject(new Error('the vendor is gone')) };
    const loadTask = createLoadTask({ source, store: deps.store, reportFault: deps.reportFault, takeTurn: (task, scope) => takeTurn(deps, task, scope) });
    await expect(loadTask(ref, makeScope(), true)).rejects.toThrow('the vendor is gone');
    expect(log).toEqual(['acquire', 'look', 'release']);
  });

  it('fetches nothing where another process has stored the task', async () => {
    const { loaded, calls } = load({ lease: 'held', storedAt: 2 });
    expect(await loaded).toEqual({ status: 'stored-elsewhere' });
    expect(calls).toEqual(['readStatus']);
  });

  it.each([
    ['the other one takes too long', { lease: 'held' }, ['save']],
    ['the lease is out of reach, and then does not try to store', { lease: 'unreachable' }, []],
  ] as const)('fetches all the same where %s', async (_name, world, saves) => {
    const alone = load(world);
    expect(await alone.loaded).toMatchObject({ status: 'completed', devices, stored: undefined });
    expect([alone.calls, alone.saves]).toEqual([['readStatus', 'readDevices'], saves]);
  });

  it.each([
    ['is not completed', 'running', {}],
    ['may not be stored', 'completed', { mayStore: false }],
    ['is to be fetched alone', 'completed', { alone: true }],
  ] as const)('asks for no lease where the task %s', async (_name, status, options) => {
    await load({ lease: 'free' }, status, options).loaded;
    expect(log).not.toContain('acquire');
  });
});
