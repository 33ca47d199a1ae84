import { beforeEach, describe, expect, it } from 'vitest';
import type { FetchLease, TaskRecord } from '../../../../lib/deviceTasks/ports.ts';
import { takeTurn } from '../../../../lib/deviceTasks/takeTurn.ts';
import { makeCreation } from '../../../support/devices.ts';
import { createFakeSource, createFakeStore, makeScope, nowMs, nowS, outOfReach, ref, wire } from './fakePorts.ts';

const creation = makeCreation([], nowS + 99);
const storedUnder = (fetchId: string): TaskRecord => ({
  completed: { totalDevices: 1, createdDevices: 1, failedDevices: 0, expiresAtS: 1, fetchId },
  creation,
});

let log: string[];
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
  readonly release?: () => Promise<void>;
}

const nth = <T>(list: readonly T[], index: number) => list[Math.min(index, list.length - 1)];

/** Time moves by sleeping alone. */
function setUp({ lease: states, holders = ['other'], stored = [undefined], unreadableAt, release = () => Promise.resolve() }: World) {
  const count = (name: string) => log.filter((entry) => entry === name).length;
  const lease: FetchLease = {
    acquire: () => {
      const state = nth(states, count('acquire'));
      log.push('acquire');
      if (state === 'unreachable') return outOfReach();
      if (state === 'held') return Promise.resolve(undefined);
      return Promise.resolve(() => {
        log.push('release');
        return release();
      });
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
      return Promise.resolve(fetchId === undefined ? { creation } : storedUnder(fetchId));
    },
  });
  const { deps, faults, waitedMs } = wire(createFakeSource([]).source, store, lease);
  const take = (fetchId?: string, scope = makeScope()) => takeTurn(deps, ref, fetchId, scope);
  return { take, faults, waitedMs };
}

describe('who gets the lease', () => {
  it('fetches and stores, and gives the lease back when it is done', async () => {
    const turn = await setUp({ lease: ['free'] }).take();
    expect(turn).toMatchObject({ kind: 'fetch-and-store', creation });
    expect(log).toEqual(['acquire', 'look']);
    if (turn.kind === 'fetch-and-store') await turn.release();
    expect(log).toEqual(['acquire', 'look', 'release']);
  });

  it('gives it back at once if its last holder has stored the task meanwhile', async () => {
    expect(await setUp({ lease: ['free'], stored: ['new'] }).take()).toEqual({ kind: 'stored' });
    expect(log).toEqual(['acquire', 'look', 'release']);
  });

  it('fetches if only the header stands that was found wanting, and not if another does', async () => {
    expect(await setUp({ lease: ['free'], stored: ['damaged'] }).take('damaged')).toMatchObject({ kind: 'fetch-and-store' });
    expect(await setUp({ lease: ['free'], stored: ['new'] }).take('damaged')).toEqual({ kind: 'stored' });
  });

  it('is not troubled by a lease that cannot be given back; the operator is told', async () => {
    const { take, faults } = setUp({ lease: ['free'], release: outOfReach });
    const turn = await take();
    expect(turn.kind).toBe('fetch-and-store');
    if (turn.kind === 'fetch-and-store') await turn.release();
    expect(faults).toEqual(['lease-not-released']);
  });

  it('gives it back, without waiting for that, if the store cannot be read', async () => {
    const never = new Promise<void>(() => {});
    const { take, faults } = setUp({ lease: ['free'], unreadableAt: 1, release: () => never });
    expect(await take()).toEqual({ kind: 'fetch', creation: undefined });
    expect([log, faults]).toEqual([['acquire', 'look', 'release'], ['lease-unavailable']]);
  });
});

describe('who does not get the lease', () => {
  it('looks every 50 ms whether its holder still has it, and then finds the task stored', async () => {
    const { take, waitedMs } = setUp({ lease: ['held'], holders: ['other', 'other', 'other', undefined], stored: ['new'] });
    expect(await take()).toEqual({ kind: 'stored' });
    expect([log, waitedMs()]).toEqual([['acquire', 'holder', 'holder', 'holder', 'holder', 'look'], 150]);
  });

  it('takes the lease if its holder has given it up without storing anything, or only the header stands that was found wanting', async () => {
    for (const fetchId of [undefined, 'damaged']) {
      log = [];
      const { take, waitedMs } = setUp({ lease: ['held', 'free'], holders: ['other', 'other', undefined], stored: [fetchId] });
      expect(await take(fetchId)).toMatchObject({ kind: 'fetch-and-store', creation });
      expect(waitedMs()).toBe(100);
    }
  });

  it('does not wait for a holder that gave the lease up before it was looked at', async () => {
    const { take, waitedMs } = setUp({ lease: ['held'], holders: [undefined], stored: ['new'] });
    expect(await take()).toEqual({ kind: 'stored' });
    expect([log, waitedMs()]).toEqual([['acquire', 'holder', 'look'], 0]);
  });

  it.each([
    ['another waiter was quicker', [undefined]],
    ['another waiter has it already', ['third']],
  ] as const)('queues for no second holder: it fetches at once, and stores nothing, if %s', async (_, later) => {
    const { take, waitedMs } = setUp({ lease: ['held'], holders: ['other', ...later] });
    expect(await take()).toEqual({ kind: 'fetch', creation });
    expect(waitedMs()).toBe(50);
    expect(log.filter((entry) => entry === 'acquire')).toHaveLength(2);
  });

  it('waits for two and a half seconds, then fetches and stores all the same', async () => {
    const { take, waitedMs, faults } = setUp({ lease: ['held'] });
    expect(await take()).toMatchObject({ kind: 'fetch-and-store', creation });
    expect([waitedMs(), log.filter((entry) => entry === 'acquire').length, faults]).toEqual([2500, 1, []]);
  });

  it('finds what a holder stored that could not give the lease back', async () => {
    expect(await setUp({ lease: ['held'], stored: ['new'] }).take()).toEqual({ kind: 'stored' });
  });

  it.each([
    [3900, 900],
    [3049, 50],
    [3000, 0],
    [1000, 0],
    [-1, 0],
  ])('leaves 3 s for the fetch: with %i ms left it waits %i ms', async (leftMs, expectedMs) => {
    const { take, waitedMs } = setUp({ lease: ['held'] });
    expect(await take(undefined, { ...makeScope(), deadlineMs: nowMs + leftMs })).toMatchObject({ kind: 'fetch-and-store' });
    expect(waitedMs()).toBe(expectedMs);
  });

  it('waits no longer once the store cannot be read', async () => {
    const { take, waitedMs, faults } = setUp({ lease: ['held'], holders: ['other', undefined], unreadableAt: 1 });
    expect(await take()).toEqual({ kind: 'fetch', creation: undefined });
    expect([waitedMs(), faults]).toEqual([50, ['lease-unavailable']]);
  });
});

describe('without a store', () => {
  it('nobody waits, and the operator is told', async () => {
    const { take, waitedMs, faults } = setUp({ lease: ['unreachable'] });
    expect(await take()).toEqual({ kind: 'fetch', creation: undefined });
    expect([waitedMs(), log, faults]).toEqual([0, ['acquire'], ['lease-unavailable']]);
  });
});
