import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallDynamoDb } from '../../../lib/store/dynamoDbApi.ts';
import type { Device, TaskRef } from '../../../lib/deviceTasks/device.ts';
import type { PageQuery } from '../../../lib/deviceTasks/paging.ts';
import type { ResultStore } from '../../../lib/deviceTasks/ports.ts';
import { makeDevices } from '../../support/devices.ts';
import { everything, show, showCut, startStoreFixture, type StoreFixture } from './storeFixture.ts';
import { createTurnstile } from './turnstile.ts';
import { pageOf } from '../../support/pageOf.ts';

type Fetch = readonly Device[];

let fixture: StoreFixture;
let tasks = 0;
const nextRef = () => ({ productId: 'P', taskId: `t${(tasks += 1)}` });

beforeAll(async () => {
  fixture = await startStoreFixture();
});
afterAll(() => fixture.close());

const pages: PageQuery[] = [
  everything,
  ...[1, 2, 13, 25].map((page) => ({ page, pageSize: 20 })),
  { page: 1, pageSize: 20, status: 'created' },
  { page: 1, pageSize: 20, status: 'failed' },
];

/** The calls of a process that dies: every one after so many fails. */
function connectMortal(commands: number): CallDynamoDb {
  const call = fixture.connect();
  let left = commands;
  return (operation, input) => {
    left -= 1;
    return left < 0 ? Promise.reject(new Error('killed')) : call(operation, input);
  };
}

/** A page must be absent or a cut of one of the fetches. @returns which of them, -1 if it is absent */
async function expectWholeOrAbsentPage(store: ResultStore, ref: TaskRef, fetches: readonly Fetch[], query: PageQuery, withSecrets: boolean) {
  const shown = show(query, await pageOf(store.readPage(ref, query, withSecrets)));
  const allowed = fetches.map((devices) => showCut(devices, query, withSecrets));
  expect(['absent', ...allowed]).toContain(shown);
  return allowed.indexOf(shown);
}

/** The same for every page, with and without secrets. @returns how many were not absent */
async function expectWholeOrAbsent(store: ResultStore, ref: TaskRef, fetches: readonly Fetch[]) {
  let hits = 0;
  for (const query of pages)
    for (const withSecrets of [true, false])
      if ((await expectWholeOrAbsentPage(store, ref, fetches, query, withSecrets)) >= 0) hits += 1;
  return hits;
}

async function expectWhole(ref: TaskRef, devices: Fetch) {
  expect(await expectWholeOrAbsent(fixture.store, ref, [devices])).toBe(pages.length * 2);
}

// 490 devices: 25 chunks and as many of secrets, two batches; then the header.
const fetchA = makeDevices('kpfb'.repeat(123).slice(2), 'A');
const fetchB = makeDevices('fbkp'.repeat(123).slice(2), 'B');
const fetchC = makeDevices('kkkf'.repeat(100), 'C');
const COMMANDS_OF_A_SAVE = 3;

describe('a writer that dies', () => {
  it.each(Array.from({ length: COMMANDS_OF_A_SAVE }, (_, commands) => commands))(
    'after %i commands leaves nothing visible, and the next save completes',
    async (commands) => {
      const ref = nextRef();
      await expect(fixture.storeOver(connectMortal(commands)).save(ref, fetchA)).rejects.toThrow('killed');
      expect(await expectWholeOrAbsent(fixture.store, ref, [])).toBe(0);
      expect(await fixture.store.readTask(ref)).toEqual({});
      await fixture.store.save(ref, fetchB);
      await expectWhole(ref, fetchB);
    },
  );

  it('after its header has stored the task', async () => {
    const ref = nextRef();
    await fixture.storeOver(connectMortal(COMMANDS_OF_A_SAVE)).save(ref, fetchA);
    await expectWhole(ref, fetchA);
  });

  it.each(Array.from({ length: COMMANDS_OF_A_SAVE }, (_, commands) => commands))(
    'after %i commands over an earlier copy leaves that or nothing, page by page',
    async (commands) => {
      const ref = nextRef();
      await fixture.store.save(ref, fetchA);
      await expect(fixture.storeOver(connectMortal(commands)).save(ref, fetchB)).rejects.toThrow('killed');
      const hits = await expectWholeOrAbsent(fixture.store, ref, [fetchA]);
      expect(hits === pages.length * 2).toBe(commands === 0);
      await fixture.store.save(ref, fetchC);
      await expectWhole(ref, fetchC);
    },
  );
});

describe('two writers and two readers', () => {
  it('see every page whole and from one fetch, or absent, in every order of their requests', async () => {
    const seen: number[] = [];
    const orders = fc.record({
      choices: fc.infiniteStream(fc.nat(1000)),
      commandsOfA: fc.constantFrom(1, 2, Infinity, Infinity),
      reads: fc.array(fc.record({ query: fc.constantFrom(...pages), withSecrets: fc.boolean() }), { minLength: 4, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(orders, async ({ choices, commandsOfA, reads }) => {
        const ref = nextRef();
        const fetches = [fetchA, fetchB];
        const turnstile = createTurnstile();
        turnstile.enter(fixture.connect(), (call) => fixture.storeOver(call).save(ref, fetchA), commandsOfA);
        turnstile.enter(fixture.connect(), (call) => fixture.storeOver(call).save(ref, fetchB));
        for (let reader = 1; reader <= 2; reader += 1)
          turnstile.enter(fixture.connect(), async (call) => {
            for (const { query, withSecrets } of reads)
              seen.push(await expectWholeOrAbsentPage(fixture.storeOver(call), ref, fetches, query, withSecrets));
          });
        await turnstile.run((count) => choices.next().value % Math.max(count, 1));
        for (const withSecrets of [true, false]) seen.push(await expectWholeOrAbsentPage(fixture.store, ref, fetches, everything, withSecrets));
        await fixture.store.save(ref, fetchC);
        await expectWholeOrAbsentPage(fixture.store, ref, [fetchC], everything, true);
      }),
      // The seed keeps the orders, and what is seen of them, the same.
      { numRuns: 25, seed: 20261124 },
    );
    // Otherwise nothing was shown: pages of both writers, and absent ones, must have been seen.
    for (const kind of [-1, 0, 1]) expect(seen.filter((from) => from === kind).length).toBeGreaterThan(10);
  });
});
