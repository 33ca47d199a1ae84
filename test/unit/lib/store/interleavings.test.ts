import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLocalKeyWrapper } from '../../../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../../../lib/store/resultStore.ts';
import type { TableClient } from '../../../../lib/store/tableClient.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { presentPage } from '../../../../lib/deviceTasks/resources.ts';
import type { ResultsPage } from '../../../../lib/deviceTasks/paging.ts';
import type { PageQuery } from '../../../../lib/deviceTasks/paging.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { lettersArbitrary, makeDevices } from '../../../support/devices.ts';
import { pageOf } from '../../../support/pageOf.ts';
import { createWeakTable } from './memoryTable.ts';

const ref = { productId: 'P', taskId: 'T' };
const wrapper = createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));
const clock = { now: () => Date.UTC(2026, 10, 24), sleep: () => Promise.resolve() };

/** A process that dies after so many writes of an item. */
function mortal(table: TableClient, writes: number): TableClient {
  let left = writes;
  const put: TableClient['put'] = (item) => {
    left -= 1;
    return left < 0 ? Promise.reject(new Error('killed')) : table.put(item);
  };
  return { ...table, put, putMany: async (items) => void (await Promise.all(items.map((item) => put(item)))) };
}

interface Read {
  readonly query: PageQuery;
  readonly withSecrets: boolean;
}

const readArbitrary: fc.Arbitrary<Read> = fc.record({
  query: fc.record({ page: fc.integer({ min: 1, max: 2 }), pageSize: fc.integer({ min: 1, max: 4 }), status: fc.constantFrom('created' as const, 'failed' as const) }, { requiredKeys: ['page', 'pageSize'] }),
  withSecrets: fc.boolean(),
});

const show = ({ query }: Read, page: ResultsPage) => JSON.stringify(presentPage(ref, query, page));

describe('a task written by several at once', () => {
  it('is read whole and from one fetch, or not at all, in every order, with stale reads and dying writers', async () => {
    const hits = new Map<number, number>();
    const runs = fc.record({
      tasks: fc.array(lettersArbitrary(5), { minLength: 2, maxLength: 3 }),
      lives: fc.array(fc.oneof(fc.constant(Infinity), fc.nat(8)), { minLength: 3, maxLength: 3 }),
      reads: fc.array(readArbitrary, { minLength: 4, maxLength: 8 }),
      picks: fc.infiniteStream(fc.nat(9)),
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), runs, async (scheduler, { tasks, lives, reads, picks }) => {
        // Mostly the newest version, now and then any older one.
        const pick = (count: number) => {
          const chance: number = picks.next().value;
          return chance < 7 ? count - 1 : chance % count;
        };
        const table = createWeakTable({ turn: () => scheduler.schedule(Promise.resolve()), pick });
        const openStore = (over: TableClient) => createResultStore({ table: over, account: 'a', wrapper, clock, reportFault: () => {} });
        const fetches = tasks.map((letters, index) => makeDevices(letters, `fetch${index}`));
        const writers = fetches.map((devices, index) => openStore(mortal(table, lives[index] ?? 0)).save(ref, devices));
        const readers = [0, 1].map(async () => {
          for (const read of reads) {
            const page = await pageOf(openStore(table).readPage(ref, read.query, read.withSecrets));
            if (page === undefined) continue;
            const whole = fetches.map((devices) => show(read, cutPage(devices, read.query, read.withSecrets)));
            expect(whole).toContain(show(read, page));
            const from = whole.indexOf(show(read, page));
            if (page.devices.length > 0) hits.set(from, (hits.get(from) ?? 0) + 1);
          }
        });
        await scheduler.waitFor(Promise.all([Promise.allSettled(writers), ...readers]));
      }),
      // The seed keeps the count of pages seen, below, the same.
      { numRuns: 300, seed: 20261124 },
    );
    // Otherwise nothing was shown: pages of every writer must have been seen.
    expect([0, 1, 2].filter((from) => (hits.get(from) ?? 0) < 20)).toEqual([]);
  });
});
