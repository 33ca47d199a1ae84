import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretOf, type Device } from '../../../../lib/deviceTasks/device.ts';
import { AppError } from '../../../../lib/errors.ts';
import { createTaskCalls } from '../../../../lib/upstream/queryV2/taskCalls.ts';
import { createTaskSource } from '../../../../lib/upstream/taskSource.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { createSeed } from '../../../../offline/emulator/createSeed.ts';
import type { EmulatedDevice } from '../../../../offline/emulator/register/entities.ts';
import { startEmulator, type Emulator } from '../../../../offline/emulator/startEmulator.ts';
import { emulatorEpochMs, emulatorKey } from '../../../support/emulatorClient.ts';
import { refuse, startScriptedUpstream, succeed, type ScriptedUpstream } from '../../../support/scriptedUpstream.ts';
import { createTestClient, createTestClock, createTestKeys, createTestScope, testKey } from '../../../support/createTestClient.ts';

const batch = { productId: 'BATCH12345', taskId: 'batch100devices1' };
const sample = { productId: 'ABCED12345', taskId: 'abcdedf123456789' };

/** What the promise is rejected with, which has to be a problem. */
async function problemOf(promise: Promise<unknown>): Promise<AppError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof AppError) return thrown;
  throw new Error('no problem was thrown', { cause: thrown });
}

/** The wire form of a device, secrets included: what the vendor must have sent for it. */
function toWire(device: Device): EmulatedDevice {
  const { deviceName } = device;
  if (device.status === 'failed') {
    const { legacyCode: result, legacyMessage: errMsg } = device.error;
    return { deviceName, result, ...(errMsg === undefined ? {} : { errMsg }) };
  }
  const secret = secretOf(device)?.reveal() ?? '';
  if (device.credentials?.type !== 'certificate') return { deviceName, result: 0, devicePsk: secret };
  return { deviceName, result: 0, deviceCert: device.credentials.certificate ?? '', devicePrivateKey: secret };
}

describe('against the emulator', () => {
  let clock: ReturnType<typeof createTestClock>;
  let emulator: Emulator;
  let seed: Awaited<ReturnType<typeof createSeed>>;

  const createSource = (...overrides: Parameters<typeof createTestClient>[1][]) =>
    createTaskSource(createTaskCalls(createTestClient(emulator.endpoint, { clock, ...overrides[0] })));
  const codes = () => emulator.calls.map(({ code }) => code);

  beforeEach(async () => {
    clock = createTestClock();
    seed = await createSeed();
    emulator = await startEmulator({ ...emulatorKey, now: clock.now, ...seed });
  });
  afterEach(() => emulator.close());

  it('reads a task of 100 with two calls, every device in its place, byte for byte', async () => {
    const [source, scope] = [createSource(), createTestScope()];
    expect(await source.readStatus(batch, scope)).toBe('completed');
    const devices = await source.readDevices(batch, scope);
    expect(devices.map(toWire)).toEqual(seed.tasks.find(({ taskId }) => taskId === batch.taskId)?.devices);
    expect(devices).toHaveLength(100);
    expect(emulator.calls.map(({ action, httpMethod }) => [action, httpMethod])).toEqual([
      ['GetCreateMultiDevTask', 'GET'],
      ['GetMultiDevices', 'GET'],
    ]);
    expect(scope.tally.vendorCalls).toBe(2);
  });

  it('reads pre-shared keys', async () => {
    const ref = { productId: 'PSK1234567', taskId: 'pskdedf123456789' };
    const devices = await createSource().readDevices(ref, createTestScope());
    expect(devices.map(toWire)).toEqual(seed.tasks.find(({ taskId }) => taskId === ref.taskId)?.devices);
  });

  it('creates a batch of the longest names, by POST, and follows it to its end', async () => {
    const source = createSource();
    const names = Array.from({ length: 100 }, (_, index) => String(index).padStart(48, ':'));
    const taskId = await source.createTask(batch.productId, names, createTestScope());
    const ref = { productId: batch.productId, taskId };
    expect(emulator.calls).toMatchObject([{ action: 'CreateMultiDevice', httpMethod: 'POST', code: 0 }]);
    const statuses = [];
    for (const passesMs of [0, 1000, 2000]) {
      clock.advance(passesMs);
      statuses.push(await source.readStatus(ref, createTestScope(clock.now() + 8000)));
    }
    expect(statuses).toEqual(['pending', 'running', 'completed']);
    const devices = await source.readDevices(ref, createTestScope(clock.now() + 8000));
    expect(devices.map(({ deviceName, status }) => [deviceName, status])).toEqual(names.map((name) => [name, 'created']));
  });

  it.each(['HmacSHA1', 'HmacSHA256'] as const)('is understood when it signs with %s, by GET and by POST', async (signatureMethod) => {
    const source = createSource({ signatureMethod });
    await source.readStatus(sample, createTestScope());
    await source.createTask(batch.productId, Array.from({ length: 60 }, (_, index) => `device:${'x'.repeat(30)}${index}`), createTestScope());
    expect(emulator.calls.map(({ httpMethod, code }) => [httpMethod, code])).toEqual([
      ['GET', 0],
      ['POST', 0],
    ]);
    expect(emulator.calls.map(({ params }) => params['SignatureMethod'])).toEqual([signatureMethod, signatureMethod]);
  });

  it('is understood when it uses a session token', async () => {
    const token = 'a/session+token=of&theirs';
    const strict = await startEmulator({ ...emulatorKey, token, now: clock.now, ...seed });
    const keys = createTestKeys({ ...testKey, token: createSecret(token) });
    const source = createTaskSource(createTaskCalls(createTestClient(strict.endpoint, { clock, keys })));
    expect(await source.readStatus(sample, createTestScope())).toBe('completed');
    expect(strict.calls.map(({ code, params }) => [code, params['Token']])).toEqual([[0, token]]);
    await strict.close();
  });

  it('sets its clock by the refusal of the first call, for creations and reads alike', async () => {
    const ours = createTestClock(emulatorEpochMs - 3_600_000);
    const source = createSource({ clock: ours });
    const soon = () => createTestScope(ours.now() + 8000);
    await source.createTask(batch.productId, ['new-device'], soon());
    expect(await source.readStatus(sample, soon())).toBe('completed');
    expect(codes()).toEqual([4500, 0, 0]);
  });

  it('says task-not-found, with the codes, of an unknown task and of one of another product', async () => {
    const source = createSource();
    const unknown = await problemOf(source.readStatus({ ...sample, taskId: 'unknown' }, createTestScope()));
    expect(unknown).toMatchObject({ code: 'task-not-found', options: { upstream: { code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' } } });
    const others = await problemOf(source.readDevices({ ...sample, productId: 'PSK1234567' }, createTestScope()));
    expect(others).toMatchObject({ code: 'task-not-found', options: { upstream: { moduleCode: 2012 } } });
    expect(codes()).toEqual([5000, 4000]);
  });

  it('says product-not-found of a creation in an unknown product, after one call', async () => {
    const problem = await problemOf(createSource().createTask('UNKNOWN', ['d'], createTestScope()));
    expect(problem).toMatchObject({ code: 'product-not-found', options: { upstream: { code: 5000, moduleCode: 2008 } } });
    expect(emulator.countCalls()).toBe(1);
  });

  it('says upstream-auth-failed of a wrong key', async () => {
    const keys = createTestKeys({ ...testKey, secretKey: createSecret('wrong-key') });
    const problem = await problemOf(createSource({ keys }).createTask(batch.productId, ['d'], createTestScope()));
    expect(problem).toMatchObject({ code: 'upstream-auth-failed', options: { upstream: { code: 4100 } } });
    expect([emulator.countCalls(), keys.countRefreshes()]).toEqual([1, 1]);
  });
});

describe('against a script', () => {
  const ref = { productId: 'P', taskId: 'T' };
  let upstream: ScriptedUpstream;

  const createSource = () => createTaskSource(createTaskCalls(createTestClient(upstream.endpoint)));
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `d${from + index}`);
  const page = (total: number, deviceNames: readonly string[], more: Record<string, unknown> = {}) =>
    succeed({
      taskID: 'T',
      totalDevNum: total,
      listCreateDeviceInfo: deviceNames.map((deviceName) => ({ deviceName, result: 2001 })),
      ...more,
    });
  const readNames = async () => (await createSource().readDevices(ref, createTestScope())).map(({ deviceName }) => deviceName);
  const pages = () => upstream.requests.map(({ params }) => `${params['Action']} ${params['pageNum']}/${params['pageSize']}`);

  beforeEach(async () => {
    upstream = await startScriptedUpstream();
  });
  afterEach(() => upstream.close());

  it('asks for one page where it holds the whole list', async () => {
    upstream.script(page(100, names(0, 100)));
    expect(await readNames()).toEqual(names(0, 100));
    expect(pages()).toEqual(['GetMultiDevices 1/100']);
  });

  it('takes an empty task for what it is', async () => {
    upstream.script(page(0, []));
    expect(await readNames()).toEqual([]);
  });

  it('goes on where the list is longer than a page, in the order of the vendor', async () => {
    upstream.script(page(250, names(0, 100)), page(250, names(100, 200)), page(250, names(200, 250)));
    expect(await readNames()).toEqual(names(0, 250));
    expect(pages()).toEqual(['GetMultiDevices 1/100', 'GetMultiDevices 2/100', 'GetMultiDevices 3/100']);
  });

  it('retries each page by itself', async () => {
    upstream.script(page(101, names(0, 100)), refuse(6000), page(101, ['last']));
    expect(await readNames()).toEqual([...names(0, 100), 'last']);
    expect(pages()).toEqual(['GetMultiDevices 1/100', 'GetMultiDevices 2/100', 'GetMultiDevices 2/100']);
  });

  it('fails as a whole where a later page fails', async () => {
    upstream.script(page(101, names(0, 100)), refuse(5000, '(2006)gone'));
    expect(await problemOf(readNames())).toMatchObject({ code: 'task-not-found' });
  });

  const short: [name: string, calls: number, ...answers: ReturnType<typeof page>[]][] = [
    ['is shorter than its total', 2, page(100, names(0, 99)), page(100, [])],
    ['is empty but for its total', 2, page(2, []), page(2, [])],
    ['is longer than its total', 1, page(1, names(0, 2))],
    ['ends early on a later page', 3, page(250, names(0, 100)), page(250, names(100, 200)), page(250, [])],
    ['goes on past its total', 2, page(101, names(0, 100)), page(101, names(100, 102))],
    ['names a device on two pages', 2, page(150, names(0, 100)), page(150, names(99, 149))],
    ['names a device twice on one page', 1, page(3, ['a', 'b', 'a'])],
    ['names a device twice on a later page', 2, page(102, names(0, 100)), page(102, ['z', 'z'])],
    ['repeats its first page for ever', 2, page(200, names(0, 100)), page(200, names(0, 100))],
    ['changes its total on the way', 2, page(150, names(0, 100)), page(151, names(100, 150))],
    ['claims a total beyond all measure', 1, page(10_001, names(0, 100))],
    ['is about another task', 1, page(1, ['d'], { taskID: 'other' })],
    ['turns to another task on a later page', 2, page(101, names(0, 100)), page(101, ['d'], { taskID: 'other' })],
  ];

  it.each(short)('says upstream-malformed of a list that %s, after %i calls', async (_name, calls, ...answers) => {
    upstream.script(...answers, page(100, names(0, 100)));
    expect(await problemOf(readNames())).toMatchObject({ code: 'upstream-malformed' });
    expect(upstream.requests).toHaveLength(calls);
  });

  it('says upstream-malformed of a list of another shape, after three attempts', async () => {
    const nameless = page(1, [], { listCreateDeviceInfo: [{ result: 0 }] });
    upstream.script(nameless, nameless, nameless, nameless);
    expect(await problemOf(readNames())).toMatchObject({ code: 'upstream-malformed' });
    expect(upstream.requests).toHaveLength(3);
  });

  it.each([
    [0, 'pending'],
    ['1', 'running'],
    [2, 'completed'],
  ])('reads the status %j as %s, with or without a task id', async (taskStatus, status) => {
    upstream.script(succeed({ taskStatus }), succeed({ taskStatus, taskID: 'T' }));
    const source = createSource();
    expect(await source.readStatus(ref, createTestScope())).toBe(status);
    expect(await source.readStatus(ref, createTestScope())).toBe(status);
    expect(upstream.requests[0]?.params).toMatchObject({ Action: 'GetCreateMultiDevTask', productID: 'P', taskID: 'T' });
  });

  it('says upstream-malformed of the status of another task', async () => {
    upstream.script(succeed({ taskStatus: 2, taskID: 'other' }));
    expect(await problemOf(createSource().readStatus(ref, createTestScope()))).toMatchObject({ code: 'upstream-malformed' });
    expect(upstream.requests).toHaveLength(1);
  });

  it('sends a creation once and gives its task id', async () => {
    upstream.script(succeed({ taskID: 'T-1' }));
    expect(await createSource().createTask('P', ['b', 'a'], createTestScope())).toBe('T-1');
    expect(upstream.requests.map(({ params }) => params)).toMatchObject([
      { Action: 'CreateMultiDevice', productID: 'P', 'listDeviceName.0': 'b', 'listDeviceName.1': 'a' },
    ]);
  });

  it.each([
    ['that cannot be read', { kind: 'reply', body: '<html>' }],
    ['without a task id', succeed({})],
    ['with a fault of the vendor', refuse(6000)],
    ['that never comes whole', { kind: 'truncated', body: '{"code":0,"taskID":"T"' }],
  ] as const)('says task-creation-unknown of a creation with an answer %s, and sends it once', async (_name, answer) => {
    upstream.script(answer, succeed({ taskID: 'T' }));
    const problem = await problemOf(createSource().createTask('P', ['d'], createTestScope()));
    expect(problem).toMatchObject({ code: 'task-creation-unknown' });
    expect(upstream.requests).toHaveLength(1);
  });
});
