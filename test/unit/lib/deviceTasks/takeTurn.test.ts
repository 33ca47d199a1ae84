import { beforeEach, describe, expect, it } from 'vitest';
import type { FetchLease, HeldLease, TaskRecord } from '../../../../lib/deviceTasks/ports.ts';
import { takeTurn } from '../../../../lib/deviceTasks/takeTurn.ts';
import { createFakeSource, createFakeStore, makeContext, nowMs, outOfReach, ref, wire } from './fakePorts.ts';

const storedUnder = (fetchId: string): TaskRecord => ({
  completed: { totalDevices: 1, createdDevices: 1, failedDevices: 0, expiresAtS: 1, fetchId },
});

let log: string[];
let done: string | undefined;
beforeEach(() => {
  log = [];
});

interface World {
  /** What each acquiring brings, in order, the last one from then on; `held`: another process has it. */
  readonly lease: readonly ('free' | 'held' | 'unreachable')[];
  /** Who holds the lease at each look at it, the last one from then on. */
  readonly holders?: readonly (string | undefined)[];
  /** Under which fetch the task stands at each look at the store, the last one from then on. */
  readonly stored?: readonly (string | undefined)[];
  /** At which look at the store, counted from 1, it is out of reach. */
  readonly unreadableAt?: number;
}

const ours: HeldLease = { fetchId: 'ours', release: () => Promise.reject(new Error('whoever fetches gives it back')) };

const nth = <T>(list: readonly T[], index: number) => list[Math.min(index, list.length - 1)];

/** Time moves by sleeping alone. */
function setUp({ lease: states, holders = ['other'], stored = [undefined], unreadableAt }: World) {
  const count = (name: string) => log.filter((entry) => entry === name).length;
  const lease: FetchLease = {
    acquire: (_ref, doneFetchId) => {
      const state = nth(states, count('acquire'));
      log.push('acquire');
      done = doneFetchId;
      if (state === 'unreachable') return outOfReach();
      return Promise.resolve(state === 'held' ? undefined : ours);
    },
    readHolder: () => {
      const holder = nth(holders, count('holder'));
      log.push('holder');
      return Promise.resolve(holder);
    },
  };
  const { store } = createFakeStore({
    readTask: () => {
      const fetchId = nth(stored, count('look'));
      log.push('look');
      if (count('look') === unreadableAt) return outOfReach();
      return Promise.resolve(fetchId === undefined ? {} : storedUnder(fetchId));
    },
  });
  const { deps, faults, waitedMs } = wire(createFakeSource([]).source, store, lease);
  const take = (fetchId?: string, context = makeContext()) => takeTurn(deps, ref, fetchId, context);
  return { take, faults, waitedMs };
}

describe('who gets the lease', () => {
  it('fetches and stores, and looks nowhere else first: a holder that stored the task would still have it', async () => {
    expect(await setUp({ lease: ['free'] }).take()).toEqual({ kind: 'fetch-and-store', lease: ours });
    expect(log).toEqual(['acquire']);
  });

  it('has named the copy it found wanting, whose holder is done', async () => {
    await setUp({ lease: ['free'] }).take('damaged');
    expect(done).toBe('damaged');
  });
});

describe('who does not get the lease', () => {
  it('looks every 50 ms until the task is stored', async () => {
    const { take, waitedMs } = setUp({ lease: ['held'], stored: [undefined, undefined, undefined, 'new'] });
    expect(await take()).toEqual({ kind: 'stored' });
    expect([log, waitedMs()]).toEqual([['acquire', ...Array.from({ length: 4 }, () => ['holder', 'look']).flat()], 150]);
  });

  it('takes the lease if its holder has given it up without storing anything, or only the header stands that was found wanting', async () => {
    for (const fetchId of [undefined, 'damaged']) {
      log = [];
      const { take, waitedMs } = setUp({ lease: ['held', 'free'], holders: ['other', 'other', undefined], stored: [fetchId] });
      expect(await take(fetchId)).toEqual({ kind: 'fetch-and-store', lease: ours });
      expect(waitedMs()).toBe(100);
    }
  });

  it('does not wait for a holder that is done, or gave the lease up, before it was looked at', async () => {
    const isDone = setUp({ lease: ['held'], stored: ['new'] });
    expect([await isDone.take(), isDone.waitedMs()]).toEqual([{ kind: 'stored' }, 0]);
    log = [];
    const gaveUp = setUp({ lease: ['held', 'free'], holders: [undefined] });
    expect([await gaveUp.take(), gaveUp.waitedMs()]).toEqual([{ kind: 'fetch-and-store', lease: ours }, 0]);
  });

  it.each([
    ['another waiter was quicker', [undefined]],
    ['another waiter has it already', ['third']],
  ] as const)('queues for no second holder: it fetches at once, and stores nothing, if %s', async (_, later) => {
    const { take, waitedMs } = setUp({ lease: ['held'], holders: ['other', ...later] });
    expect(await take()).toEqual({ kind: 'fetch' });
    expect(waitedMs()).toBe(50);
    expect(log.filter((entry) => entry === 'acquire')).toHaveLength(2);
  });

  it('waits for two and a half seconds, then fetches and stores all the same', async () => {
    const { take, waitedMs, faults } = setUp({ lease: ['held'] });
    expect(await take()).toEqual({ kind: 'fetch-and-store' });
    expect([waitedMs(), log.filter((entry) => entry === 'acquire').length, faults]).toEqual([2500, 1, []]);
  });

  it.each([
    [3900, 900],
    [3049, 50],
    [3000, 0],
    [1000, 0],
    [-1, 0],
  ])('leaves 3 s for the fetch: with %i ms left it waits %i ms', async (leftMs, expectedMs) => {
    const { take, waitedMs } = setUp({ lease: ['held'] });
    expect(await take(undefined, { ...makeContext(), deadlineMs: nowMs + leftMs })).toEqual({ kind: 'fetch-and-store' });
    expect(waitedMs()).toBe(expectedMs);
  });

  it('waits no longer once the store cannot be read', async () => {
    const { take, waitedMs, faults } = setUp({ lease: ['held'], unreadableAt: 2 });
    expect(await take()).toEqual({ kind: 'fetch' });
    expect([waitedMs(), faults]).toEqual([50, ['lease-unavailable']]);
  });
});

describe('without a store', () => {
  it('nobody waits, and the operator is told', async () => {
    const { take, waitedMs, faults } = setUp({ lease: ['unreachable'] });
    expect(await take()).toEqual({ kind: 'fetch' });
    expect([waitedMs(), log, faults]).toEqual([0, ['acquire'], ['lease-unavailable']]);
  });
});
