import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActions, readDeviceNames } from '../../../../../offline/emulator/queryV2/createActions.ts';
import type { IssueKeys } from '../../../../../offline/emulator/register/createDeviceIssuer.ts';
import { createProductRegister } from '../../../../../offline/emulator/register/createProductRegister.ts';
import { createTaskRegister } from '../../../../../offline/emulator/register/createTaskRegister.ts';
import { createEmulatorClock, type TestParams } from '../../../../support/emulatorClient.ts';

interface Page {
  taskID: string;
  totalDevNum: number;
  listCreateDeviceInfo: { deviceName: string }[];
}

const toMap = (params: TestParams) => new Map(Object.entries(params));
const moduleCode = (code: number) => expect.objectContaining({ moduleCode: code }) as unknown as Error;
const nameParams = (names: readonly string[]): TestParams =>
  Object.fromEntries(names.map((name, index) => [`listDeviceName.${index}`, name]));
const makeDevices = (count: number) => Array.from({ length: count }, (_, i) => ({ deviceName: `d${i}`, result: 2000 }));

// Another key at every call.
function createKeyMaker(): IssueKeys {
  let made = 0;
  return async () => ({ devicePsk: `key ${(made += 1)}` });
}

function setUp(issueKeys: IssueKeys = createKeyMaker()) {
  const clock = createEmulatorClock();
  const products = createProductRegister(issueKeys, clock.now);
  const tasks = createTaskRegister({ now: clock.now, pendingMs: 1000, runningMs: 2000, newTaskId: () => 'new1', products });
  products.addProduct({ productId: 'P1', encryption: 'psk', existingNames: ['old'] });
  tasks.addTask({ productId: 'P1', taskId: 'T1', devices: makeDevices(25) });
  const actions = createActions({ products, tasks });
  const run = async (action: string, params: TestParams) => actions.get(action)?.(toMap(params));
  return { clock, tasks, run };
}

const query = { productID: 'P1', taskID: 'T1', pageNum: '1', pageSize: '10' };

describe('CreateMultiDevice', () => {
  const create = { productID: 'P1', ...nameParams(['a', 'b:c_d-E']) };

  it('answers with the task id at once, before any key is made', async () => {
    const { run } = setUp(() => new Promise(() => {}));
    expect(await run('CreateMultiDevice', create)).toEqual({ taskID: 'new1' });
  });

  it('refuses an unknown product as 2008', async () => {
    await expect(setUp().run('CreateMultiDevice', { ...create, productID: 'P9' })).rejects.toThrow(moduleCode(2008));
  });

  it('refuses a name twice in the request as 2002 and creates nothing', async () => {
    const { run, tasks } = setUp();
    const twice = { productID: 'P1', ...nameParams(['a', 'b', 'a']) };
    await expect(run('CreateMultiDevice', twice)).rejects.toThrow(moduleCode(2002));
    expect(await tasks.createTask('P1', ['b']).devices).toMatchObject([{ result: 0 }]);
  });

  it.each([
    ['no product', nameParams(['a'])],
    ['no names', { productID: 'P1' }],
    ['101 names', { productID: 'P1', ...nameParams(makeDevices(101).map((device) => device.deviceName)) }],
    ['names that begin at 1', { productID: 'P1', 'listDeviceName.1': 'a' }],
    ['a gap', { productID: 'P1', 'listDeviceName.0': 'a', 'listDeviceName.2': 'b' }],
    ['a strange index', { productID: 'P1', 'listDeviceName.0': 'a', 'listDeviceName.01': 'b' }],
    ['an empty name', { productID: 'P1', ...nameParams(['a', '']) }],
    ['a name of 49', { productID: 'P1', ...nameParams(['a'.repeat(49)]) }],
    ['a name with a space', { productID: 'P1', ...nameParams(['a b']) }],
    ['a name with a line feed', { productID: 'P1', ...nameParams(['a\n']) }],
    ['a name in Chinese', { productID: 'P1', ...nameParams(['设备']) }],
  ])('refuses %s as 2101', async (_what, params) => {
    await expect(setUp().run('CreateMultiDevice', params)).rejects.toThrow(moduleCode(2101));
  });
});

describe('readDeviceNames', () => {
  it('gives legal names back in the order of their index, however the parameters are ordered', () => {
    const names = fc.array(fc.stringMatching(/^[a-zA-Z0-9:_-]{1,48}$/), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(names, (list) => {
        const reversed = Object.entries(nameParams(list)).toReversed();
        expect(readDeviceNames(new Map(reversed))).toEqual(list);
      }),
    );
  });
});

describe('GetCreateMultiDevTask', () => {
  it('follows a created task through 0, 1 and 2', async () => {
    const { clock, run } = setUp();
    await run('CreateMultiDevice', { productID: 'P1', ...nameParams(['a']) });
    const follow = () => run('GetCreateMultiDevTask', { productID: 'P1', taskID: 'new1' });
    expect(await follow()).toEqual({ taskStatus: 0, taskID: 'new1' });
    clock.advance(1000);
    expect(await follow()).toEqual({ taskStatus: 1, taskID: 'new1' });
    clock.advance(2000);
    expect(await follow()).toEqual({ taskStatus: 2, taskID: 'new1' });
  });

  it('refuses unknown tasks, those of other products and missing parameters', async () => {
    const { run } = setUp();
    await expect(run('GetCreateMultiDevTask', { productID: 'P1', taskID: 'T9' })).rejects.toThrow(moduleCode(2006));
    await expect(run('GetCreateMultiDevTask', { productID: 'P2', taskID: 'T1' })).rejects.toThrow(moduleCode(2012));
    await expect(run('GetCreateMultiDevTask', { productID: 'P1' })).rejects.toThrow(moduleCode(2101));
  });
});

describe('GetMultiDevices', () => {
  it.each([
    ['pageNum', '0'],
    ['pageNum', '-1'],
    ['pageNum', '1.0'],
    ['pageNum', ''],
    ['pageNum', 'x'],
    ['pageSize', '9'],
    ['pageSize', '251'],
    ['pageSize', '1e2'],
    ['pageSize', ''],
    ['productID', ''],
    ['taskID', ''],
  ])('refuses %s "%s" as 2101', async (name, value) => {
    await expect(setUp().run('GetMultiDevices', { ...query, [name]: value })).rejects.toThrow(moduleCode(2101));
  });

  it.each(['10', '250'])('accepts the page size %s', async (pageSize) => {
    expect(await setUp().run('GetMultiDevices', { ...query, pageSize })).toMatchObject({ taskID: 'T1', totalDevNum: 25 });
  });

  it('refuses unknown tasks and those of other products', async () => {
    const { run } = setUp();
    await expect(run('GetMultiDevices', { ...query, taskID: 'T9' })).rejects.toThrow(moduleCode(2006));
    await expect(run('GetMultiDevices', { ...query, productID: 'P2' })).rejects.toThrow(moduleCode(2012));
  });

  it('refuses a task that is not done with a code of its own', async () => {
    const { run, tasks } = setUp();
    const unfinished = expect.objectContaining({ moduleCode: 2013, codeDesc: 'TaskNotFinished' }) as unknown as Error;
    for (const status of [0, 1] as const) {
      tasks.addTask({ productId: 'P1', taskId: 'T1', devices: makeDevices(2), status });
      await expect(run('GetMultiDevices', query)).rejects.toThrow(unfinished);
    }
  });

  it('shows the same keys at every call once the task is done', async () => {
    const { clock, run } = setUp();
    await run('CreateMultiDevice', { productID: 'P1', ...nameParams(['old', 'a']) });
    clock.advance(3000);
    const read = () => run('GetMultiDevices', { ...query, taskID: 'new1' });
    const first = await read();
    expect(first).toEqual({
      taskID: 'new1',
      totalDevNum: 2,
      listCreateDeviceInfo: [
        { deviceName: 'old', result: 2001 },
        { deviceName: 'a', devicePsk: 'key 1', result: 0 },
      ],
    });
    expect(await read()).toEqual(first);
  });

  it('waits for keys that are still being made', async () => {
    const { promise, resolve } = Promise.withResolvers<{ devicePsk: string }>();
    const { clock, run } = setUp(() => promise);
    await run('CreateMultiDevice', { productID: 'P1', ...nameParams(['a']) });
    clock.advance(3000);
    const reading = run('GetMultiDevices', { ...query, taskID: 'new1' });
    resolve({ devicePsk: 'late' });
    expect(await reading).toMatchObject({ totalDevNum: 1, listCreateDeviceInfo: [{ deviceName: 'a', devicePsk: 'late' }] });
  });

  it('shows every device once, in order, over the pages of any size, and nothing past the end', async () => {
    const counts = fc.integer({ min: 0, max: 300 });
    await fc.assert(
      fc.asyncProperty(counts, fc.integer({ min: 10, max: 250 }), async (count, size) => {
        const { run, tasks } = setUp();
        tasks.addTask({ productId: 'P1', taskId: 'T1', devices: makeDevices(count) });
        const readPage = (pageNum: number) =>
          run('GetMultiDevices', { ...query, pageNum: String(pageNum), pageSize: String(size) }) as Promise<unknown> as Promise<Page>;
        const pageNums = Array.from({ length: Math.ceil(count / size) + 1 }, (_, index) => index + 1);
        const pages = await Promise.all(pageNums.map(readPage));
        expect(pages.flatMap((page) => page.listCreateDeviceInfo)).toEqual(makeDevices(count));
        expect(pages.at(-1)).toMatchObject({ totalDevNum: count, listCreateDeviceInfo: [] });
      }),
      { numRuns: 30 },
    );
  });
});
