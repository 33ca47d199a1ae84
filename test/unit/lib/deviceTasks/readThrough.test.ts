import { beforeEach, describe, expect, it } from 'vitest';
import type { FetchLease, TaskRecord } from '../../../../lib/deviceTasks/ports.ts';
import type { FetchedTask, Question, StoreLookup } from '../../../../lib/deviceTasks/readThrough.ts';
import { AppError } from '../../../../lib/errors.ts';
import { makeCreation, makeDevices } from '../../../support/devices.ts';
import { createFakeSource, createFakeStore, makeContext, nowS, outOfReach, ref, wire } from './fakePorts.ts';

const devices = makeDevices('kpf');
const many = Array.from({ length: 50 });

let log: string[];
beforeEach(() => {
  log = [];
});

/** A lease that is free unless it is told who holds it; what is done with it is noted. */
function createFakeLease(holder?: string): FetchLease {
  let looks = 0;
  return {
    acquire: () => {
      log.push('acquire');
      const release = () => Promise.resolve(void log.push('release'));
      return Promise.resolve(holder === undefined ? { fetchId: 'ours', release } : undefined);
    },
    // Held at three looks, then given up.
    readHolder: () => Promise.resolve((looks += 1) <= 3 ? holder : undefined),
  };
}

interface World {
  readonly status?: 'pending' | 'running' | 'completed';
  readonly found?: readonly (StoreLookup<string> | 'fault')[];
  readonly listed?: typeof devices;
  readonly records?: readonly TaskRecord[];
  readonly lease?: FetchLease;
  readonly save?: typeof outOfReach;
  readonly readTask?: typeof outOfReach;
}

/** A reader whose answers are `stored` and what it was given to answer from; the look-ups come in order. */
function setUp({ status = 'completed', found = [{ kind: 'absent' }], listed = devices, records, lease = createFakeLease(), save, readTask }: World = {}) {
  const source = createFakeSource(listed, status);
  const nextRecords = [...(records ?? [])];
  const store = createFakeStore({
    ...(save === undefined ? {} : { save }),
    ...(readTask === undefined ? {} : { readTask }),
    ...(records === undefined ? {} : { readTask: () => Promise.resolve(nextRecords.shift() ?? records.at(-1) ?? {}) }),
  });
  const { deps, faults, waitedMs } = wire(source.source, store.store, lease);
  const lookUps = [...found];
  const question: Question<string | FetchedTask> = {
    lookUp: () => {
      const next = lookUps.shift() ?? found.at(-1) ?? 'fault';
      return next === 'fault' ? outOfReach() : Promise.resolve(next);
    },
    answerFrom: (task) => task,
  };
  const read = async (of = ref) => {
    const context = makeContext();
    return { answer: await deps.readThrough(of, question, context), cache: context.tally.cache };
  };
  const count = (name: string) => store.calls.filter((call) => call === name).length;
  return { read, source, store, faults, waitedMs, countSaves: () => count('save') };
}

const hit = (expiresAtS = nowS + 9): StoreLookup<string> => ({ kind: 'found', value: 'stored', expiresAtS });

describe('a question that the store can answer', () => {
  it('costs one look-up', async () => {
    const { read, source, store } = setUp({ found: [hit()] });
    expect(await read()).toEqual({ answer: 'stored', cache: { kind: 'hit', ttlS: 9 } });
    expect([source.calls, store.calls, log]).toEqual([[], [], []]);
  });
});

describe('a question that it cannot answer', () => {
  it('has the task fetched under the lease and stored', async () => {
    const { read, source, store } = setUp();
    expect(await read()).toMatchObject({ answer: { status: 'completed', devices, stored: { totalDevices: 3, fetchId: 'ours' } }, cache: { kind: 'miss', stored: true } });
    expect([source.calls, store.calls, log]).toEqual([['readStatus', 'readDevices'], ['readTask', 'save'], ['acquire']]);
  });

  it.each(['pending', 'running'] as const)('asks for no lease and no devices of a task that is %s', async (status) => {
    const { read, source, store } = setUp({ status });
    expect(await read()).toEqual({ answer: { status }, cache: { kind: 'miss', stored: false } });
    expect([source.calls, store.calls, log]).toEqual([['readStatus'], [], []]);
  });

  it('shares one fetch and one save among 50 at the same time', async () => {
    const { read, source, store } = setUp();
    const reads = await Promise.all(many.map(() => read({ ...ref })));
    expect(reads.every(({ answer }) => typeof answer === 'object' && answer.status === 'completed')).toBe(true);
    expect([source.calls, store.calls]).toEqual([['readStatus', 'readDevices'], ['readTask', 'save']]);
  });

  it('shares no fetch between tasks, nor between products', async () => {
    const { read, source } = setUp();
    await Promise.all([ref, { ...ref, taskId: 'T2' }, { ...ref, productId: 'P2' }, { productId: 'PT', taskId: '' }].map(read));
    expect(source.calls).toHaveLength(8);
  });

  it('fails all that share a fetch, gives the lease back, and remembers neither failure nor success', async () => {
    const { read, source } = setUp({ records: [{}] });
    const fault = new AppError('upstream-timeout', 'too late');
    source.setFault(fault);
    const settled = await Promise.allSettled(many.map(() => read()));
    expect(settled.every((result) => result.status === 'rejected' && result.reason === fault)).toBe(true);
    source.setFault(undefined);
    await read();
    await read();
    expect(source.calls.filter((name) => name === 'readStatus')).toHaveLength(3);
  });

  it('gives the lease back if the vendor fails', async () => {
    const { read, source } = setUp({ found: [{ kind: 'absent', fetchId: 'damaged' }] });
    source.setFault(new Error('the vendor is gone'));
    await expect(read()).rejects.toThrow('the vendor is gone');
    expect(log).toEqual(['acquire', 'release']);
  });

  it('gives the lease back if it could not store the task; that being stored says that it is done', async () => {
    await setUp().read();
    expect(log).toEqual(['acquire']);
    const { read, faults } = setUp({ save: outOfReach });
    expect(await read()).toEqual({ answer: { status: 'completed', devices }, cache: { kind: 'miss', stored: false } });
    expect([log.slice(1), faults]).toEqual([['acquire', 'release'], ['cache-write-failed']]);
  });

  it('is not troubled by a lease that cannot be given back; the operator is told', async () => {
    const lease = { ...createFakeLease(), acquire: () => Promise.resolve({ fetchId: 'ours', release: outOfReach }) };
    const { read, faults } = setUp({ save: outOfReach, lease });
    expect(await read()).toMatchObject({ answer: { status: 'completed' }, cache: { kind: 'miss', stored: false } });
    expect(faults).toEqual(['cache-write-failed', 'lease-not-released']);
  });

  it('does not store what it could not compare with its creation', async () => {
    const { read, faults, countSaves } = setUp({ readTask: outOfReach });
    expect(await read()).toEqual({ answer: { status: 'completed', devices }, cache: { kind: 'miss', stored: false } });
    expect([faults, countSaves(), log]).toEqual([['cache-read-failed'], 0, ['acquire', 'release']]);
  });

  it('has the store read again, and fetches nothing, if another process stored the task', async () => {
    const completed = { totalDevices: 3, createdDevices: 2, failedDevices: 1, expiresAtS: nowS + 9, fetchId: 'new' };
    const { read, source, countSaves } = setUp({ found: [{ kind: 'absent' }, hit()], records: [{ completed }], lease: createFakeLease('other') });
    expect(await read()).toEqual({ answer: 'stored', cache: { kind: 'miss', stored: true } });
    expect([source.calls, countSaves()]).toEqual([['readStatus'], 0]);
  });

  it('fetches without the store if what another process stored cannot be read either', async () => {
    const completed = { totalDevices: 3, createdDevices: 2, failedDevices: 1, expiresAtS: nowS + 9, fetchId: 'new' };
    const { read, source, countSaves } = setUp({ records: [{ completed }], lease: createFakeLease('other') });
    expect(await read()).toEqual({ answer: { status: 'completed', devices }, cache: { kind: 'miss', stored: false } });
    expect([source.calls, countSaves()]).toEqual([['readStatus', 'readStatus', 'readDevices'], 0]);
  });
});

describe('a header that stands although the answer is not whole', () => {
  const damaged: StoreLookup<string> = { kind: 'absent', fetchId: 'damaged' };
  const completed = { totalDevices: 3, createdDevices: 2, failedDevices: 1, expiresAtS: nowS + 9, fetchId: 'damaged' };

  it('is looked at twice: a save may have been read while it was written', async () => {
    const { read, source } = setUp({ found: [damaged, hit()] });
    expect(await read()).toEqual({ answer: 'stored', cache: { kind: 'hit', ttlS: 9 } });
    expect([source.calls, log]).toEqual([[], []]);
  });

  it('is no reason to believe the task stored: it is fetched and stored again', async () => {
    const { read, source, countSaves } = setUp({ found: [damaged], records: [{ completed }] });
    expect(await read()).toMatchObject({ answer: { status: 'completed' }, cache: { kind: 'miss', stored: true } });
    // A header is written for completed tasks only: their status needs no asking.
    expect([source.calls, countSaves(), log]).toEqual([['readDevices'], 1, ['acquire']]);
  });

  it('lets a waiter wait for another header', async () => {
    const records = [{ completed }, { completed }, { completed }, { completed: { ...completed, fetchId: 'new' } }];
    const { read, source, waitedMs } = setUp({ found: [damaged, damaged, hit()], records, lease: createFakeLease('other') });
    expect(await read()).toEqual({ answer: 'stored', cache: { kind: 'miss', stored: true } });
    expect([source.calls, waitedMs()]).toEqual([[], 150]);
  });
});

describe('a store that is out of reach, or cannot be used', () => {
  it.each([
    ['a fault, which is told to the operator', 'fault', ['cache-read-failed']],
    ['its own word', { kind: 'unusable' }, []],
  ] as const)('by %s is left alone: the vendor answers', async (_, found, expected) => {
    const { read, source, store, faults } = setUp({ found: [found] });
    expect(await read()).toEqual({ answer: { status: 'completed', devices }, cache: { kind: 'bypass' } });
    expect([source.calls, store.calls, log, faults]).toEqual([['readStatus', 'readDevices'], [], [], expected]);
  });

  it('still lets 50 reads at the same time share one fetch', async () => {
    const { read, source } = setUp({ found: ['fault'] });
    await Promise.all(many.map(() => read()));
    expect(source.calls).toEqual(['readStatus', 'readDevices']);
  });
});

describe('inconsistent results', () => {
  it.each([
    ['without devices', [], [{}], 'no-devices'],
    ['with a created device without its key', makeDevices('kb'), [{}], 'missing-key-material'],
    ['with other names', devices.slice(1), [{ creation: makeCreation(devices, nowS + 99) }], 'other-names'],
  ] as const)('%s are served, reported, and not stored', async (_, listed, records, inconsistency) => {
    const { read, faults, countSaves } = setUp({ listed: [...listed], records });
    expect(await read()).toEqual({ answer: { status: 'completed', devices: listed }, cache: { kind: 'miss', stored: false } });
    expect([faults, countSaves(), log]).toEqual([[`InconsistentResults(${inconsistency})`], 0, ['acquire', 'release']]);
  });

  it('are reported past the store, too', async () => {
    const { read, faults } = setUp({ listed: [], found: [{ kind: 'unusable' }] });
    expect((await read()).cache).toEqual({ kind: 'bypass' });
    expect(faults).toEqual(['InconsistentResults(no-devices)']);
  });
});
