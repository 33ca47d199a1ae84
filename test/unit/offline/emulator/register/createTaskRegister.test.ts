import { describe, expect, it } from 'vitest';
import type { IssueKeys } from '../../../../../offline/emulator/register/createDeviceIssuer.ts';
import { createProductRegister } from '../../../../../offline/emulator/register/createProductRegister.ts';
import { createTaskRegister } from '../../../../../offline/emulator/register/createTaskRegister.ts';
import { createEmulatorClock } from '../../../../support/emulatorClient.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;

// A key says what it was made for, and by which call.
function createKeyMaker(): IssueKeys {
  let made = 0;
  return async (...args) => ({ devicePsk: [...args, (made += 1)].join('/') });
}

function setUp(issueKeys: IssueKeys = createKeyMaker()) {
  const clock = createEmulatorClock();
  let made = 0;
  const newTaskId = () => `task${(made += 1)}`;
  const products = createProductRegister(issueKeys, clock.now);
  const tasks = createTaskRegister({ now: clock.now, pendingMs: 1000, runningMs: 2000, newTaskId, products });
  const found = (productId: string, taskId: string) => {
    const lookup = tasks.findTask(productId, taskId);
    if (lookup.kind !== 'found') throw new Error(lookup.kind);
    return lookup.task;
  };
  products.addProduct({ productId: 'P1', encryption: 'psk', existingNames: ['old'] });
  return { clock, products, tasks, found };
}

const seedTask = { productId: 'P1', taskId: 'seeded', devices: [{ deviceName: 's1', devicePsk: 'k', result: 0 }] };

describe('createTaskRegister', () => {
  it('moves a created task through 0, 1 and 2 in time', () => {
    const { clock, tasks } = setUp();
    const task = tasks.createTask('P1', ['a']);
    const statuses = [0, 999, 1, 1999, 1, 100_000].map((ms) => {
      clock.advance(ms);
      return tasks.statusOf(task);
    });
    expect(statuses).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('fails an existing name with 2001 and no keys, and creates the others', async () => {
    const { tasks } = setUp();
    expect(await tasks.createTask('P1', ['old', 'new']).devices).toEqual([
      { deviceName: 'old', result: 2001 },
      { deviceName: 'new', devicePsk: 'psk/P1/new/1', result: 0 },
    ]);
  });

  it('knows a created name from then on, in its own product only', async () => {
    const { products, tasks } = setUp();
    products.addProduct({ productId: 'P2', encryption: 'psk' });
    tasks.createTask('P1', ['a']);
    const resultIn = async (productId: string) => (await tasks.createTask(productId, ['a']).devices)[0]?.result;
    expect([await resultIn('P1'), await resultIn('P2')]).toEqual([2001, 0]);
  });

  it('gives a name to one of two batches that ask for it at once', async () => {
    const { tasks } = setUp();
    const batches = [tasks.createTask('P1', ['a', 'b']), tasks.createTask('P1', ['b', 'c'])];
    const results = await Promise.all(batches.map(async ({ devices }) => (await devices).map((device) => device.result)));
    expect(results).toEqual([[0, 0], [2001, 0]]);
  });

  it('makes the keys at creation, once, and does not wait for them', async () => {
    const { promise, resolve } = Promise.withResolvers<{ devicePsk: string }>();
    let made = 0;
    const { clock, tasks, found } = setUp(() => {
      made += 1;
      return promise;
    });
    const { taskId } = tasks.createTask('P1', ['a', 'b']);
    expect(made).toBe(2);
    expect(tasks.statusOf(found('P1', taskId))).toBe(0);
    resolve({ devicePsk: 'k' });
    clock.advance(100_000);
    const read = () => found('P1', taskId).devices;
    expect(await read()).toEqual([
      { deviceName: 'a', devicePsk: 'k', result: 0 },
      { deviceName: 'b', devicePsk: 'k', result: 0 },
    ]);
    expect(await read()).toBe(await read());
    expect(made).toBe(2);
  });

  it('tells of keys that could not be made to whoever reads them, and to nobody else', async () => {
    const { tasks } = setUp(() => Promise.reject(new Error('no keys')));
    const { devices } = tasks.createTask('P1', ['a']);
    // A rejection nobody handles is told after the microtasks: vitest would fail the run on it.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(devices).rejects.toThrow('no keys');
  });

  it('knows the created devices of seeded tasks, even after the task is deleted', async () => {
    const { tasks } = setUp();
    tasks.addTask(seedTask);
    tasks.deleteTask('P1', 'seeded');
    expect(await tasks.createTask('P1', ['s1']).devices).toMatchObject([{ result: 2001 }]);
  });

  it('keeps the status of a seeded task where it was set, 2 by default', () => {
    const { clock, tasks, found } = setUp();
    const statusNow = () => tasks.statusOf(found('P1', 'seeded'));
    tasks.addTask({ ...seedTask, status: 0 });
    clock.advance(100_000);
    expect(statusNow()).toBe(0);
    tasks.addTask(seedTask);
    expect(statusNow()).toBe(2);
  });

  it('tells an unknown task from one of another product', () => {
    const { tasks } = setUp();
    tasks.addTask(seedTask);
    expect([tasks.findTask('P1', 'nope').kind, tasks.findTask('P2', 'seeded').kind]).toEqual(['unknown', 'other-product']);
  });

  it('deletes a task only under its own product', () => {
    const { tasks } = setUp();
    tasks.addTask(seedTask);
    tasks.deleteTask('P2', 'seeded');
    expect(tasks.findTask('P1', 'seeded').kind).toBe('found');
    tasks.deleteTask('P1', 'seeded');
    expect(tasks.findTask('P1', 'seeded').kind).toBe('unknown');
  });

  it('loses a task after 30 days, for its own and for other products', () => {
    const { clock, tasks } = setUp();
    const { taskId } = tasks.createTask('P1', ['a']);
    clock.advance(MONTH_MS - 1);
    expect(tasks.findTask('P1', taskId).kind).toBe('found');
    clock.advance(1);
    for (const productId of ['P1', 'P2']) expect(tasks.findTask(productId, taskId).kind).toBe('unknown');
  });
});
