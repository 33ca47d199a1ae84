import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBatchContainer } from '../../lib/batchContainer.ts';
import { completedAtMs, countBatch, type Batch, type BatchPart } from '../../lib/deviceBatches/batch.ts';
import { UNKNOWN } from '../../lib/deviceBatches/part.ts';
import { presentDevice } from '../../lib/deviceTasks/device.ts';
import { createLocalKeyWrapper } from '../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../lib/store/resultStore.ts';
import { systemClock } from '../../lib/clock.ts';
import { createSecret } from '../../lib/secret.ts';
import { startEmulator, type Emulator } from '../../offline/emulator/startEmulator.ts';
import { createBatchQueue } from '../support/batchQueue.ts';
import { forkBatchWorker, readFastClock, type FastClock } from '../support/batchWorker.ts';
import { createEmulatorClient, emulatorKey } from '../support/emulatorClient.ts';
import { pageOf } from '../support/pageOf.ts';
import { startFaultProxy, type FaultProxy } from '../support/faultProxy.ts';
import { startTestTable } from '../support/testTable.ts';
import type { Fault } from '../support/wireFaults.ts';
import { createChance } from './soak/random.ts';

const productId = 'KILLED1234';
const account = 'kills';
const DEVICES = 1200;
const names = Array.from({ length: DEVICES }, (_, index) => `killed-${index}`);

const KILLS = 5;
// Steps that are under way in a worker at the most.
const AT_ONCE = 3;
const chance = createChance(20_261_124);
const localKey = randomBytes(32).toString('base64');
// Half an hour takes three minutes: what waits for a dead worker is not waited for.
const clock: FastClock = { baseMs: Date.now(), speed: 10 };
const now = () => readFastClock(clock, Date.now());
const FAULTS: readonly Fault[] = ['reset-after-request', 'truncate', 'broken-body', 'html', 'status-500', 'garbage'];

let emulator: Emulator;
let client: ReturnType<typeof createEmulatorClient>;
let vendor: FaultProxy;
let testTable: Awaited<ReturnType<typeof startTestTable>>;
let spoiltCreations = 0;
let onCall = () => {};

beforeAll(async () => {
  emulator = await startEmulator({ ...emulatorKey, products: [{ productId, encryption: 'psk' }], now });
  client = createEmulatorClient(emulator.endpoint, now);
  // One in ten calls meets a fault; the plan is made by the call before.
  vendor = await startFaultProxy({
    target: new URL(emulator.endpoint).origin,
    record: ({ name, fault }) => {
      if (fault !== undefined && name === 'CreateMultiDevice') spoiltCreations += 1;
      onCall();
      if (chance.isOneIn(10)) vendor.fail(chance.pick(FAULTS), { times: 1 });
    },
  });
  testTable = await startTestTable();
});
afterAll(async () => {
  await vendor.close();
  await emulator.close();
  await testTable.close();
});

/** The devices of a task as the vendor has them, by name. */
async function readRegister(taskID: string): Promise<Map<string, unknown>> {
  const reply = await client.call('GetMultiDevices', { productID: productId, taskID, pageNum: '1', pageSize: '100' });
  const list = reply['listCreateDeviceInfo'] as readonly { deviceName: string; devicePsk: string }[]; // the emulator's own answer
  return new Map(list.map(({ deviceName, devicePsk }) => [deviceName, devicePsk]));
}

/** How often the vendor took each name. */
function countCreations(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { action, code, params } of emulator.calls)
    if (action === 'CreateMultiDevice' && code === 0)
      for (const name of Object.values(params).flat()) if (/^killed-\d+$/.test(String(name))) counts.set(String(name), (counts.get(String(name)) ?? 0) + 1);
  return counts;
}

const env = () => ({
  STAGE: 'test',
  IOTCLOUD_ENDPOINT: `${vendor.origin}/v2/index.php`,
  IOTCLOUD_ACCOUNT: account,
  IOTCLOUD_TIMEOUT_MS: '1000',
  TENCENTCLOUD_SECRET_ID: emulatorKey.secretId,
  TENCENTCLOUD_SECRET_KEY: emulatorKey.secretKey,
  TASK_TABLE: testTable.tableName,
  DYNAMODB_ENDPOINT: testTable.place.endpoint,
  CREDENTIALS_LOCAL_KEY: localKey,
});

/** Runs a batch to its end. @returns it, and how often its worker was killed */
async function runUnderKills(): Promise<{ readonly batch: Batch; readonly killed: number }> {
  const queue = createBatchQueue({ now, visibilityMs: 40_000, atOnce: AT_ONCE });
  const { createBatch, followBatch } = createBatchContainer(env(), { queue, write: () => undefined }).services();
  const { batch } = await createBatch(productId, names, undefined, Date.now() + 10_000, {});
  const startWorker = (): ChildProcess => {
    const worker = forkBatchWorker(clock, env());
    queue.serve(worker);
    return worker;
  };
  let [worker, killed] = [startWorker(), 0];
  // Soon after it called the vendor: a write, an answer or a message is under way.
  onCall = () => {
    if (killed >= KILLS || !chance.isOneIn(4)) return;
    killed += 1;
    setTimeout(() => {
      if (isOver) return;
      worker.kill('SIGKILL');
      worker = startWorker();
    }, chance.between(0, 30));
  };
  let isOver = false;
  let found = await followBatch(batch.ref);
  for (; completedAtMs(found) === undefined; found = await followBatch(batch.ref)) await systemClock.sleep(25);
  isOver = true;
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
  return { batch: found, killed };
}

/** What a part should be: by the vendor's register, if the vendor's task is known, or else unknown. */
async function comparePart({ state, deviceNames }: BatchPart) {
  if (state.state !== 'done') throw new Error('a part is open');
  if (state.taskId === undefined) return { found: state.statuses, wanted: UNKNOWN.repeat(deviceNames.length), unknown: deviceNames.length };
  const wrapper = createLocalKeyWrapper(createSecret(localKey));
  const results = createResultStore({ table: testTable.table, account, wrapper, clock: systemClock, reportFault: () => undefined });
  const register = await readRegister(state.taskId);
  const page = await pageOf(results.readPage({ productId, taskId: state.taskId }, { page: 1, pageSize: 100 }, true));
  const wanted = deviceNames.map((deviceName) => ({ deviceName, status: 'created', credentials: { type: 'psk', psk: register.get(deviceName) } }));
  return { found: page?.devices.map(presentDevice), wanted, unknown: 0 };
}

describe('a worker that is killed again and again, with a fault in one of ten calls', () => {
  it('leaves every device accounted for, no name created twice and no key lost but of devices told unknown', async () => {
    const { batch, killed } = await runUnderKills();
    expect([...countCreations()].filter(([, times]) => times > 1)).toEqual([]);
    const compared = await Promise.all(batch.parts.map(comparePart));
    for (const { found, wanted } of compared) expect(found).toEqual(wanted);
    const unknown = compared.reduce((sum, part) => sum + part.unknown, 0);
    expect(countBatch(batch.parts)).toEqual({ totalDevices: DEVICES, createdDevices: DEVICES - unknown, failedDevices: 0, unknownDevices: unknown, pendingDevices: 0 });
    // Only what a kill or a fault cut is unknown.
    expect(compared.filter((part) => part.unknown > 0).length).toBeLessThanOrEqual(spoiltCreations + killed * AT_ONCE);
    expect([killed, unknown < DEVICES]).toEqual([KILLS, true]);
  });
});
