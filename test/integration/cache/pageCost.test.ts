import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { secretKey } from '../../../lib/cache/keys.ts';
import type { ResultStore } from '../../../lib/deviceTasks/ports.ts';
import { makeCreation, makeDevices } from '../../support/devices.ts';
import { observeCalls, sortKeysOf, unitsOf, type ObservedCall } from './observeCalls.ts';
import { everything, show, showCut, startStoreFixture, type StoreFixture } from './storeFixture.ts';
import { pageOf } from '../../support/pageOf.ts';

let fixture: StoreFixture;
let calls: ObservedCall[];
let store: ResultStore;
const ref = (taskId: string) => ({ productId: 'P', taskId });
const mixed = makeDevices('kfpfbkffkp'.repeat(10));

beforeAll(async () => {
  fixture = await startStoreFixture();
  await fixture.store.save(ref('mixed'), mixed);
  const observed = observeCalls(fixture.call);
  calls = observed.calls;
  store = fixture.storeOver(observed.call);
});
beforeEach(() => void calls.splice(0));
afterAll(() => fixture.close());

const namesOf = () => calls.map(({ operation }) => operation).toSorted();
const readKeys = () => calls.flatMap(sortKeysOf).toSorted();
const rows = (letters: string, prefix: string) =>
  Array.from(letters).flatMap((letter, position) => (letter === '.' ? [] : [`${prefix}#${String(position).padStart(5, '0')}`]));

describe('a page', () => {
  it('costs a GetItem and a Query, and reads the header and its own rows', async () => {
    const query = { page: 2, pageSize: 5 };
    expect(show(query, await pageOf(store.readPage(ref('mixed'), query, false)))).toBe(showCut(mixed, query, false));
    expect(namesOf()).toEqual(['GetItem', 'Query']);
    expect(readKeys()).toEqual(['header', ...rows('.....rrrrr', 'row')]);
  });

  it('costs at most two requests, whatever its number, size and filter', async () => {
    for (const status of [undefined, 'created', 'failed'] as const)
      for (const pageSize of [1, 7, 20, 100])
        for (const page of [1, 3, 100, 100_000]) {
          calls.splice(0);
          const query = { page, pageSize, ...(status === undefined ? {} : { status }) };
          expect(show(query, await pageOf(store.readPage(ref('mixed'), query, false)))).toBe(showCut(mixed, query, false));
          expect(calls.length).toBeLessThanOrEqual(2);
        }
  });

  it('reads its own rows alone where it is filtered', async () => {
    const query = { page: 2, pageSize: 3, status: 'failed' } as const;
    expect(show(query, await pageOf(store.readPage(ref('mixed'), query, false)))).toBe(showCut(mixed, query, false));
    expect(namesOf()).toEqual(['BatchGetItem', 'GetItem']);
    expect(readKeys()).toEqual(['header', ...rows('.......r...r.r', 'row')]);
  });

  it('costs one request past the end of what a filter leaves, and where nothing is stored', async () => {
    await store.readPage(ref('mixed'), { page: 99, pageSize: 20, status: 'failed' }, false);
    await store.readPage(ref('none'), { ...everything, status: 'failed' }, true);
    expect(namesOf()).toEqual(['GetItem', 'GetItem']);
  });

  it('costs one request where its number is beyond any task that is stored', async () => {
    await store.readPage(ref('mixed'), { page: 101, pageSize: 100 }, true);
    expect(namesOf()).toEqual(['GetItem']);
  });

  it('touches no secret row where no secrets are asked for', async () => {
    for (const status of [undefined, 'created', 'failed'] as const)
      await store.readPage(ref('mixed'), { ...everything, ...(status === undefined ? {} : { status }) }, false);
    await store.readTask(ref('mixed'));
    expect(calls).toHaveLength(7);
    expect(JSON.stringify(calls)).not.toContain(secretKey(0).slice(0, -5));
  });

  it('costs one request more with secrets, for its own secret rows', async () => {
    const query = { page: 2, pageSize: 5 };
    expect(show(query, await pageOf(store.readPage(ref('mixed'), query, true)))).toBe(showCut(mixed, query, true));
    expect(namesOf()).toEqual(['GetItem', 'Query', 'Query']);
    expect(readKeys()).toEqual(['header', ...rows('.....rrrrr', 'row'), ...rows('.....s..ss', 'secret')]);
  });

  it('reads no secret row but its own where it is filtered', async () => {
    const query = { page: 1, pageSize: 3, status: 'created' } as const;
    expect(show(query, await pageOf(store.readPage(ref('mixed'), query, true)))).toBe(showCut(mixed, query, true));
    expect(namesOf()).toEqual(['BatchGetItem', 'BatchGetItem', 'GetItem']);
    expect(readKeys()).toEqual(['header', ...rows('r.r.r', 'row'), ...rows('s.s', 'secret')]);
    calls.splice(0);
    await store.readPage(ref('mixed'), { ...everything, status: 'failed' }, true);
    expect(readKeys().filter((sk) => sk.startsWith('secret'))).toEqual([]);
    expect(calls).toHaveLength(2);
  });
});

describe('reading units', () => {
  it.each([false, true])('of a page of 20 are the same for a task of 20 and of 100 (secrets: %s)', async (withSecrets) => {
    const units: number[] = [];
    for (const size of [20, 100]) {
      await store.save(ref(`k${size}`), makeDevices('k'.repeat(size)));
      calls.splice(0);
      const page = await pageOf(store.readPage(ref(`k${size}`), { page: 1, pageSize: 20 }, withSecrets));
      expect(page?.devices).toHaveLength(20);
      units.push(unitsOf(calls));
    }
    expect(units[0]).toBeGreaterThan(0);
    expect(units[1]).toBe(units[0]);
  });

  it('follow the page: a whole task costs more than a page of it', async () => {
    await store.save(ref('k100'), makeDevices('k'.repeat(100)));
    const unitsOfPage = async (pageSize: number) => {
      calls.splice(0);
      await store.readPage(ref('k100'), { page: 1, pageSize }, false);
      return unitsOf(calls);
    };
    expect(await unitsOfPage(100)).toBeGreaterThan(await unitsOfPage(20));
  });
});

describe('what is known of a task', () => {
  it('costs one Query of one item or two', async () => {
    await store.noteCreation(ref('mixed'), makeCreation([], fixture.startS + 86_400));
    calls.splice(0);
    expect(await store.readTask(ref('mixed'))).toMatchObject({ completed: { totalDevices: 100 }, creation: { expiresAtS: fixture.startS + 86_400 } });
    expect([namesOf(), readKeys()]).toEqual([['Query'], ['creation', 'header']]);
  });
});
