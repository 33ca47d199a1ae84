import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReadTaskList, TaskListPage } from '../../../lib/deviceTasks/ports.ts';
import { createTableClient } from '../../../lib/store/tableClient.ts';
import { createReadTaskList } from '../../../lib/store/taskList.ts';
import { makeDevices } from '../../support/devices.ts';
import { observeCalls, unitsOf, type ObservedCall } from './observeCalls.ts';
import { account, startStoreFixture, type StoreFixture } from './storeFixture.ts';

const LIFE_S = 30 * 86_400;

let fixture: StoreFixture;
let calls: ObservedCall[];
let readPage: ReadTaskList;
let nowMs: number;

beforeAll(async () => {
  fixture = await startStoreFixture();
  // A whole second, so that what is created within it is told with one time.
  nowMs = fixture.startS * 1000;
  const observed = observeCalls(fixture.call);
  calls = observed.calls;
  readPage = createReadTaskList({ table: createTableClient(observed.call, fixture.tableName, fixture.clock), account, clock: fixture.clock });
});
beforeEach(() => void calls.splice(0));
afterAll(() => fixture.close());

function create(productId: string, taskId: string, createdAtMs: number): Promise<void> {
  const createdAtS = Math.floor(createdAtMs / 1000);
  const creation = { createdAtS, expiresAtS: createdAtS + LIFE_S, totalDevices: 3, namesHash: 'hash' };
  return fixture.store.noteCreation({ productId, taskId }, creation, createdAtMs);
}

const countOf = (operation: string) => calls.filter((call) => call.operation === operation).length;
const idsOf = (page: TaskListPage | undefined) => page?.tasks.map(({ taskId }) => taskId);

describe('2,500 tasks of one product, created by two callers at once', () => {
  const PRODUCT = 'many';

  /** One caller, whose tasks are three in a millisecond. */
  async function createMany(caller: string): Promise<string[]> {
    const ids = Array.from({ length: 1250 }, (_, index) => `${caller}${index}`);
    for (const [index, id] of ids.entries()) await create(PRODUCT, id, nowMs - 60_000 + Math.floor(index / 3));
    return ids;
  }

  it('are each given once by a walk, newest first, in two requests a page, while more are created', async () => {
    const all = (await Promise.all([createMany('a'), createMany('b')])).flat();
    const walked: string[] = [];
    const times: number[] = [];
    let pages = 0;
    for (let cursor: string | undefined; ; ) {
      const page = await readPage(PRODUCT, { pageSize: 100, ...(cursor === undefined ? {} : { cursor }) });
      walked.push(...(idsOf(page) ?? []));
      times.push(...(page?.tasks.map(({ createdAtS }) => createdAtS) ?? []));
      pages += 1;
      cursor = page?.next;
      if (cursor === undefined) break;
      await Promise.all(['a', 'b'].map((caller) => create(PRODUCT, `${caller}-new-${pages}`, nowMs + pages)));
    }
    expect(walked.toSorted()).toEqual(all.toSorted());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect([pages, countOf('Query'), countOf('BatchGetItem'), calls.length]).toEqual([25, 25, 25, 50]);
    expect(idsOf(await readPage(PRODUCT, { pageSize: 3 }))).toEqual(['b-new-24', 'a-new-24', 'b-new-23']);
  });
});

describe('a page of the list', () => {
  it('has the counts of the tasks whose results are stored, and costs two requests', async () => {
    for (const [index, taskId] of ['t1', 't2', 't3'].entries()) await create('P', taskId, nowMs + index);
    const stored = await fixture.store.save({ productId: 'P', taskId: 't2' }, makeDevices('kfp'), Math.floor(nowMs / 1000) + 60);
    const created = { totalDevices: 3, createdAtS: Math.floor(nowMs / 1000), expiresAtS: Math.floor(nowMs / 1000) + LIFE_S };
    const tasks = [{ taskId: 't3', ...created }, { taskId: 't2', ...created, completed: stored }, { taskId: 't1', ...created }];
    expect(await readPage('P', { pageSize: 20 })).toEqual({ tasks });
    expect([calls.map(({ operation }) => operation), unitsOf(calls)]).toEqual([['Query', 'BatchGetItem'], 2.5]);
  });

  it('of nothing costs one request', async () => {
    expect(await readPage('none', { pageSize: 20 })).toEqual({ tasks: [] });
    expect(calls.map(({ operation }) => operation)).toEqual(['Query']);
  });

  it('goes on after an entry that is gone', async () => {
    for (const [index, taskId] of ['g1', 'g2', 'g3'].entries()) await create('G', taskId, nowMs + index);
    const { next = '' } = (await readPage('G', { pageSize: 1 })) ?? {};
    await fixture.table.remove(`${account}#device-tasks#G`, `${String(nowMs + 2).padStart(15, '0')}#g3`);
    expect(idsOf(await readPage('G', { pageSize: 20, cursor: next }))).toEqual(['g2', 'g1']);
  });

  it('leaves out what has expired though the table still holds it', async () => {
    for (const [taskId, ageS] of [['old', LIFE_S + 1], ['just-gone', LIFE_S], ['last', LIFE_S - 2], ['new', 0]] as const)
      await create('E', taskId, (fixture.startS - ageS) * 1000);
    expect((await fixture.scan()).filter((item) => item['pk']?.S === `${account}#device-tasks#E`)).toHaveLength(4);
    expect(idsOf(await readPage('E', { pageSize: 20 }))).toEqual(['new', 'last']);
    expect(countOf('Query')).toBe(1);
  });
});

describe('a creation', () => {
  it('is noted and listed in one request of two units', async () => {
    const observed = observeCalls(fixture.call);
    const store = fixture.storeOver(observed.call);
    const creation = { createdAtS: fixture.startS, expiresAtS: fixture.startS + LIFE_S, totalDevices: 100, namesHash: 'h'.repeat(43) };
    await store.noteCreation({ productId: 'C', taskId: 'c' }, creation, nowMs);
    expect([observed.calls.map(({ operation }) => operation), unitsOf(observed.calls)]).toEqual([['BatchWriteItem'], 2]);
  });
});
