import { execFile } from 'node:child_process';
import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TaskRef } from '../../../lib/deviceTasks/device.ts';
import { taskKey } from '../../../lib/store/keys.ts';
import { purge, purgeRows } from '../../../scripts/purge.ts';
import { driveSteps } from '../../support/driveSteps.ts';
import { emulatorKey } from '../../support/emulatorClient.ts';
import { startStack, type Stack } from '../../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const batch = { productId: 'BATCH12345', taskId: 'batch100devices1' };
const seed = { productId: 'ABCED12345', taskId: 'abcdedf123456789' };
const pathOf = ({ productId, taskId }: typeof seed) => `/v1/products/${productId}/device-tasks/${taskId}/devices`;
const keysOf = async () => (await stack.scanItems()).map((item) => `${item['pk']?.S} ${item['sk']?.S}`).toSorted();

type Opened = ReturnType<Stack['open']>;

async function create({ send, account }: Opened, name: string): Promise<TaskRef> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': name };
  const body = JSON.stringify({ deviceNames: [`${name}-${account}`] });
  const { status, json } = await send('/v1/products/BATCH12345/device-tasks', { method: 'POST', headers, body });
  expect(status).toBe(202);
  return { productId: 'BATCH12345', taskId: String(json?.['taskId']) };
}

/** Two tasks that are stored and one that was created in one account, the same two tasks of another. */
async function fill() {
  const [api, other] = [stack.open(), stack.open()];
  for (const { send } of [api, other])
    for (const task of [batch, seed]) expect((await send(pathOf(task))).status).toBe(200);
  return { api, account: api.account, created: await create(api, 'd') };
}

function runPurge(args: readonly string[], env: Record<string, string>) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ['scripts/purge.ts', ...args], { env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}
const purgeEnvironment = (account: string) => ({
  TASK_TABLE: stack.testTable.tableName,
  DYNAMODB_ENDPOINT: stack.testTable.place.endpoint,
  IOTCLOUD_ENDPOINT: stack.emulator.endpoint,
  IOTCLOUD_ACCOUNT: account,
});

describe('npm run purge', () => {
  it('removes every row of a task and only those', async () => {
    const { api, account } = await fill();
    const before = await keysOf();
    const pk = `${taskKey(account, batch)} `;
    expect(before.filter((key) => key.startsWith(pk)).length).toBe(12); // header, five chunks and their secrets, the lease they were fetched under
    const { code, stdout, stderr } = await runPurge(['--product', batch.productId, '--task', batch.taskId], purgeEnvironment(api.account));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d+ rows of task batch100devices1 of product BATCH12345 removed from test-/);
    expect(Number(stdout.split(' ')[0])).toBe(before.filter((key) => key.startsWith(pk)).length);
    expect(await keysOf()).toEqual(before.filter((key) => !key.startsWith(pk)));
    expect((await api.send(pathOf(batch))).headers['cache-status']).toBe('iotcloud-rest; fwd=miss; stored');
    expect((await api.send(pathOf(seed))).headers['cache-status']).toContain('hit');
  });

  it('removes with a task what was noted of its creation, its entry in the list, and nothing of another', async () => {
    const { api, account, created } = await fill();
    const other = await create(api, 'other');
    const isOf = ({ taskId }: TaskRef) => (key: string) => key.includes(`#${taskId} `) || key.endsWith(`#${taskId}`);
    const before = await keysOf();
    expect([created, other].map((task) => before.filter(isOf(task)).length)).toEqual([2, 2]);
    expect(await purge(['--product', created.productId, '--task', created.taskId], purgeEnvironment(account))).toMatch(/^2 rows of task /);
    expect(await keysOf()).toEqual(before.filter((key) => !isOf(created)(key)));
    const { json } = await api.send('/v1/products/BATCH12345/device-tasks');
    expect(json?.['tasks']).toMatchObject([{ taskId: other.taskId }]);
  });

  it('removes everything of a product, of this account alone, but the keys that keep a retry from creating twice', async () => {
    const { account } = await fill();
    const before = await keysOf();
    const isOfProduct = (key: string) => new RegExp(`^${account}#[a-z-]+#BATCH12345[# ]`).test(key);
    expect(new Set(before.filter(isOfProduct).map((key) => key.split('#')[1]))).toEqual(new Set(['task', 'creation', 'device-tasks', 'idempotency']));
    const { code, stdout } = await runPurge(['--product', 'BATCH12345'], purgeEnvironment(account));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^14 rows of product BATCH12345 removed from test-/)]);
    expect(await keysOf()).toEqual(before.filter((key) => !isOfProduct(key) || key.includes('#idempotency#')));
    expect(await purge(['--product', 'BATCH1234'], purgeEnvironment(account))).toMatch(/^Nothing of product BATCH1234 stands in /);
  });

  it('removes a batch whole: header, parts, slot, entry in the list, and the tasks of its parts, and nothing of another', async () => {
    const { account, container, queue, send } = stack.open({ BATCH_CALLS_PER_S: '999' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const accept = async (name: string) => {
      const body = JSON.stringify({ deviceNames: Array.from({ length: 101 }, (_, index) => `${name}-${account}-${index}`) });
      return (await send('/v1/products/BATCH12345/device-batches', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json ?? {};
    };
    const kept = await accept('kept');
    await driveSteps({ container, queue }, (ms) => void vi.setSystemTime(Date.now() + ms));
    const own = async () => (await keysOf()).filter((key) => key.startsWith(`${account}#`));
    const before = await own();
    const [done, open] = [await accept('done'), await accept('open')];
    queue.take().forEach((message, index) => void (index === 0 && queue.send([message])));
    await driveSteps({ container, queue }, (ms) => void vi.setSystemTime(Date.now() + ms));
    vi.useRealTimers();
    expect((await own()).filter((key) => key.includes('#task#')).length).toBeGreaterThan(before.filter((key) => key.includes('#task#')).length);
    for (const { batchId } of [done, open])
      expect(await purge(['--product', 'BATCH12345', '--batch', String(batchId)], purgeEnvironment(account))).toMatch(new RegExp(`^\\d+ rows of batch ${String(batchId)} of product BATCH12345 removed`));
    expect(await own()).toEqual(before);
    expect((await send('/v1/products/BATCH12345/device-batches')).json).toMatchObject({ batches: [{ batchId: kept['batchId'], createdDevices: 101 }] });
    expect(await purge(['--product', 'BATCH12345'], purgeEnvironment(account))).toMatch(/^\d+ rows of product/);
    expect(await own()).toEqual([]);
  });

  it('removes nothing if there is nothing', async () => {
    const { account } = await fill();
    const before = await keysOf();
    const { client, tableName } = stack.testTable;
    expect(await purgeRows(client, tableName, account, { ...batch, taskId: 'batch100devices' })).toBe(0);
    expect(await purgeRows(client, tableName, account.slice(0, -1), batch)).toBe(0);
    expect(await keysOf()).toEqual(before);
  });

  it('removes the header before any other row, so that nothing half-deleted is served', async () => {
    const { api, account } = await fill();
    const served: (string | undefined)[] = [];
    let atHeader: readonly string[] = [];
    const watched = watch(stack.testTable.client, async (command) => {
      if (command instanceof DeleteItemCommand && served.length === 0) {
        served.push('header');
        atHeader = await keysOf();
      } else if (command.constructor.name === 'BatchWriteItemCommand' && served.length === 1)
        served.push((await api.send(pathOf(batch), { query: 'pageSize=1' })).headers['cache-status']);
    });
    await purgeRows(watched, stack.testTable.tableName, account, batch);
    expect(atHeader).toEqual(expect.arrayContaining(['header', 'chunk#000', 'secrets#004'].map((sk) => `${taskKey(account, batch)} ${sk}`)));
    expect(served).toEqual(['header', 'iotcloud-rest; fwd=miss; stored']);
    // The read stored the task anew in the middle of it.
    expect((await keysOf()).filter((key) => key.startsWith(`${taskKey(account, batch)} `))).toEqual([]);
  });

  it('says so if rows keep coming back', async () => {
    const { api, account } = await fill();
    const revived = watch(stack.testTable.client, () => Promise.resolve(), async () => void (await api.send(pathOf(seed))));
    await expect(purgeRows(revived, stack.testTable.tableName, account, seed)).rejects.toThrow('keep coming back');
  });

  it.each([
    [[], '--product must be 1 to 64 of A-Z a-z 0-9 _ -'],
    [['--task', 'T'], '--product must be 1 to 64 of A-Z a-z 0-9 _ -'],
    [['--product', 'P', '--task', ''], '--task must be 1 to 64 of A-Z a-z 0-9 _ -'],
    [['--product', 'P#', '--task', 'T'], '--product must be 1 to 64 of A-Z a-z 0-9 _ -'],
    [['--product', 'P', '--batch', 'B'], '--batch must be a UUID of version 7 in lower case'],
    [['--product', 'P', '--task', 'T', '--batch', 'B'], '--task and --batch are two different things'],
    [['--product', 'P', '--task', 'T', '--all'], "Unknown option '--all'"],
  ])('refuses %j', async (args, message) => {
    await expect(purge(args, purgeEnvironment('a'))).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(message) });
  });

  it('names the variable that is missing in one line, and wants no vendor key', async () => {
    const { TASK_TABLE: _table, ...env } = purgeEnvironment('a');
    const args = ['--product', 'P', '--task', 'T'];
    expect(await runPurge(args, env)).toEqual({ code: 1, stdout: '', stderr: 'iotcloud-rest: TASK_TABLE: is required and not set\n' });
    const deployed = { ...purgeEnvironment('a'), TENCENTCLOUD_SECRET_ARN: 'arn:aws:secretsmanager:x', TENCENTCLOUD_SECRET_KEY: emulatorKey.secretKey };
    expect(await purge(args, deployed)).toMatch(/^Nothing of task T of product P stands in test-\S+ \(a\): nothing was removed\./);
  });

  it('says in one line that there is no such table', async () => {
    const env = { ...purgeEnvironment('a'), TASK_TABLE: 'no-such-table' };
    const ended = await runPurge(['--product', 'P', '--task', 'T'], env);
    expect(ended).toEqual({ code: 1, stdout: '', stderr: 'iotcloud-rest: TASK_TABLE: there is no table no-such-table here\n' });
  });
});

type Command = Parameters<DynamoDBClient['send']>[0];

/** The client, with something done before or after each of its writes. */
function watch(client: DynamoDBClient, before: (command: Command) => Promise<void>, after: () => Promise<void> = () => Promise.resolve()): DynamoDBClient {
  const watched: DynamoDBClient = Object.create(client) as DynamoDBClient; // all of it but `send`
  const send = async (command: Command) => {
    await before(command);
    const output = await client.send(command);
    if (command.constructor.name !== 'QueryCommand') await after();
    return output;
  };
  Object.defineProperty(watched, 'send', { value: send });
  return watched;
}
