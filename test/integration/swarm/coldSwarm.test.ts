import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFetchLease } from '../../../lib/store/fetchLease.ts';
import { createTableClient } from '../../../lib/store/tableClient.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { Device } from '../../../lib/deviceTasks/device.ts';
import { createReadResults } from '../../../lib/deviceTasks/readResults.ts';
import { createReadThrough } from '../../../lib/deviceTasks/readThrough.ts';
import { presentPage } from '../../../lib/deviceTasks/resources.ts';
import type { ResultStore, TaskSource } from '../../../lib/deviceTasks/ports.ts';
import { makeDevices } from '../../support/devices.ts';
import { createFakeSource } from '../../unit/lib/deviceTasks/fakePorts.ts';
import { account, showCut, startStoreFixture, type StoreFixture } from '../store/storeFixture.ts';

const CONTAINERS = 30;
const devices = makeDevices('kpf'.repeat(20));
const pages = Array.from({ length: CONTAINERS }, (_, index) => ({ page: (index % 6) + 1, pageSize: 10 }));

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await startStoreFixture();
});
afterAll(() => fixture.close());

/** Readers that share a table, and nothing in memory: as many containers of a function. */
function startSwarm(taskId: string, list: () => readonly Device[]) {
  const ref = { productId: 'P', taskId };
  const counts = { readStatus: 0, readDevices: 0, saves: 0, reports: 0 };
  const source: TaskSource = {
    ...createFakeSource([]).source,
    readStatus: () => {
      counts.readStatus += 1;
      return Promise.resolve('completed');
    },
    readDevices: () => {
      counts.readDevices += 1;
      return Promise.resolve(list());
    },
  };
  // Waiters never give up, however slow the machine is, and leave the holder time between their looks.
  const clock = { now: fixture.clock.now, sleep: systemClock.sleep };
  const readers = pages.map((query) => {
    const call = fixture.connect();
    const kept = fixture.storeOver(call);
    const store: ResultStore = {
      ...kept,
      save: (...saved) => {
        counts.saves += 1;
        return kept.save(...saved);
      },
    };
    const lease = createFetchLease({ table: createTableClient(call, fixture.tableName, fixture.clock), account, clock });
    const reportFault = () => void (counts.reports += 1);
    const readThrough = createReadThrough({ source, store, lease, reportFault, clock });
    return async () => {
      const context = { deadlineMs: fixture.clock.now() + 8000, tally: { vendorCalls: 0, vendorMs: 0 } };
      const page = await createReadResults({ store, readThrough })(ref, query, true, context);
      return JSON.stringify(presentPage({ productId: 'P', taskId: 'T' }, query, page));
    };
  });
  return { ref, counts, readAll: () => Promise.all(readers.map((read) => read())) };
}

/** What all readers have to see. */
const cuts = (list: readonly Device[]) => pages.map((query) => showCut(list, query, true));
const itemsOf = async (taskId: string) => (await fixture.scan()).filter((item) => item['pk']?.S?.endsWith(`#${taskId}`));

describe('30 containers that read one task at the same time', () => {
  it('cost the vendor one list of devices, if none of it is stored', async () => {
    const { counts, readAll } = startSwarm('cold', () => devices);
    expect(await readAll()).toEqual(cuts(devices));
    // Who comes late finds the task stored and asks for no status.
    expect(counts).toEqual({ readStatus: expect.any(Number) as number, readDevices: 1, saves: 1, reports: 0 });
  });

  it('cost one list and one rewrite, if its header stands and its parts do not', async () => {
    const { ref, counts, readAll } = startSwarm('damaged', () => devices);
    const { fetchId } = await fixture.store.save(ref, devices);
    for (const { pk, sk } of await itemsOf('damaged'))
      if (pk !== undefined && sk !== undefined && sk.S !== 'header')
        await fixture.client.send(new DeleteItemCommand({ TableName: fixture.tableName, Key: { pk, sk } }));
    expect(await readAll()).toEqual(cuts(devices));
    // The header says that the task is completed: its status is not asked for.
    expect(counts).toEqual({ readStatus: 0, readDevices: 1, saves: 1, reports: 0 });
    const fetchIds = new Set((await itemsOf('damaged')).map((item) => (item['fetchId'] ?? item['owner'])?.S));
    expect([fetchIds.size, fetchIds.has(fetchId)]).toEqual([1, false]);
    await readAll();
    expect(counts).toMatchObject({ readDevices: 1, saves: 1 });
  });

  it('have one list each of a task that is not stored, because its results are not consistent', async () => {
    const { counts, readAll } = startSwarm('inconsistent', () => []);
    expect(await readAll()).toEqual(cuts([]));
    expect(counts).toEqual({ readStatus: CONTAINERS, readDevices: CONTAINERS, saves: 0, reports: CONTAINERS });
    expect(await itemsOf('inconsistent')).toEqual([]);
  });

  it('store it once when it has become consistent meanwhile', async () => {
    let lists = 0;
    const { counts, readAll } = startSwarm('healed', () => ((lists += 1) === 1 ? [] : devices));
    const shown = await readAll();
    expect(shown.filter((page, index) => page === cuts(devices)[index])).toHaveLength(CONTAINERS - 1);
    expect(counts).toMatchObject({ saves: 1, reports: 1 });
    expect((await fixture.store.readTask({ productId: 'P', taskId: 'healed' })).completed).toMatchObject({ totalDevices: devices.length });
  });
});
