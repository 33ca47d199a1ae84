import { describe, expect, it } from 'vitest';
import type { IssueKeys } from '../../../../offline/legacyEmulator/createDeviceIssuer.ts';
import { createProductBook } from '../../../../offline/legacyEmulator/createProductBook.ts';
import { createTaskStore } from '../../../../offline/legacyEmulator/createTaskStore.ts';
import { createEmulatorClock } from '../../../support/emulatorClient.ts';

const monthMs = 30 * 24 * 3600 * 1000;

// A key says what it was made for, and by which call.
function createKeyMaker(): IssueKeys {
  let made = 0;
  return async (...args) => ({ devicePsk: [...args, (made += 1)].join('/') });
}

function setUp(issueKeys: IssueKeys = createKeyMaker()) {
  const clock = createEmulatorClock();
  let made = 0;
  const newTaskId = () => `task${(made += 1)}`;
  const products = createProductBook(issueKeys);
  const store = createTaskStore({ now: clock.now, pendingMs: 1000, runningMs: 2000, newTaskId, products });
  products.addProduct({ productId: 'P1', encryption: 'psk', existingNames: ['old'] });
  return { clock, products, store };
}

const seedTask = { productId: 'P1', taskId: 'seeded', devices: [{ deviceName: 's1', devicePsk: 'k', result: 0 }] };

describe('createTaskStore', () => {
  it('moves a created task through 0, 1 and 2 in time', () => {
    const { clock, store } = setUp();
    const task = store.createTask('P1', ['a']);
    const statuses = [0, 999, 1, 1999, 1, 100_000].map((ms) => {
      clock.advance(ms);
      return store.statusOf(task);
    });
    expect(statuses).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('fails an existing name with 2001 and no keys, and creates the others', async () => {
    const { store } = setUp();
    expect(await store.createTask('P1', ['old', 'new']).devices).toEqual([
      { deviceName: 'old', result: 2001 },
      { deviceName: 'new', devicePsk: 'psk/P1/new/1', result: 0 },
    ]);
  });

  it('knows a created name from then on, in its own product only', async () => {
    const { products, store } = setUp();
    products.addProduct({ productId: 'P2', encryption: 'psk' });
    store.createTask('P1', ['a']);
    const resultIn = async (productId: string) => (await store.createTask(productId, ['a']).devices)[0]?.result;
    expect([await resultIn('P1'), await resultIn('P2')]).toEqual([2001, 0]);
  });

  it('gives a name to one of two batches that ask for it at once', async () => {
    const { store } = setUp();
    const batches = [store.createTask('P1', ['a', 'b']), store.createTask('P1', ['b', 'c'])];
    const results = await Promise.all(batches.map(async ({ devices }) => (await devices).map((device) => device.result)));
    expect(results).toEqual([[0, 0], [2001, 0]]);
  });

  it('makes the keys at creation, once, and does not wait for them', async () => {
    const { promise, resolve } = Promise.withResolvers<{ devicePsk: string }>();
    let made = 0;
    const { clock, store } = setUp(() => {
      made += 1;
      return promise;
    });
    const { taskId } = store.createTask('P1', ['a', 'b']);
    expect(made).toBe(2);
    expect(store.statusOf(store.findTask('P1', taskId))).toBe(0);
    resolve({ devicePsk: 'k' });
    clock.advance(100_000);
    const read = () => store.findTask('P1', taskId).devices;
    expect(await read()).toEqual([
      { deviceName: 'a', devicePsk: 'k', result: 0 },
      { deviceName: 'b', devicePsk: 'k', result: 0 },
    ]);
    expect(await read()).toBe(await read());
    expect(made).toBe(2);
  });

  it('tells of keys that could not be made to whoever reads them, and to nobody else', async () => {
    const { store } = setUp(() => Promise.reject(new Error('no keys')));
    const { devices } = store.createTask('P1', ['a']);
    // A rejection nobody handles is told after the microtasks: vitest would fail the run on it.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(devices).rejects.toThrow('no keys');
  });

  it('knows the created devices of seeded tasks, even after the task is deleted', async () => {
    const { store } = setUp();
    store.addTask(seedTask);
    store.deleteTask('P1', 'seeded');
    expect(await store.createTask('P1', ['s1']).devices).toMatchObject([{ result: 2001 }]);
  });

  it('keeps the status of a seeded task where it was set, 2 by default', () => {
    const { clock, store } = setUp();
    const statusNow = () => store.statusOf(store.findTask('P1', 'seeded'));
    store.addTask({ ...seedTask, status: 0 });
    clock.advance(100_000);
    expect(statusNow()).toBe(0);
    store.addTask(seedTask);
    expect(statusNow()).toBe(2);
  });

  it('refuses an unknown task as 2006 and the task of another product as 2012', () => {
    const { store } = setUp();
    store.addTask(seedTask);
    expect(() => store.findTask('P1', 'nope')).toThrow(expect.objectContaining({ moduleCode: 2006 }));
    expect(() => store.findTask('P2', 'seeded')).toThrow(expect.objectContaining({ moduleCode: 2012 }));
  });

  it('deletes a task only under its own product', () => {
    const { store } = setUp();
    store.addTask(seedTask);
    store.deleteTask('P2', 'seeded');
    expect(store.findTask('P1', 'seeded').taskId).toBe('seeded');
    store.deleteTask('P1', 'seeded');
    expect(() => store.findTask('P1', 'seeded')).toThrow(expect.objectContaining({ moduleCode: 2006 }));
  });

  it('loses a task after 30 days, for its own and for other products', () => {
    const { clock, store } = setUp();
    const { taskId } = store.createTask('P1', ['a']);
    clock.advance(monthMs - 1);
    expect(store.findTask('P1', taskId).taskId).toBe(taskId);
    clock.advance(1);
    for (const productId of ['P1', 'P2']) {
      expect(() => store.findTask(productId, taskId)).toThrow(expect.objectContaining({ moduleCode: 2006 }));
    }
  });
});
