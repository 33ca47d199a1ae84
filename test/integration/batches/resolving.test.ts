import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHttpTransport, type Transport } from '../../../lib/upstream/httpTransport.ts';
import { failed } from '../../../lib/upstream/failure.ts';
import { createChance } from '../../faults/soak/random.ts';
import { driveSteps, stepContext } from '../../support/driveSteps.ts';
import { startStack, type Stack } from '../../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
afterEach(() => {
  vi.useRealTimers();
  Object.assign(stack.emulator.mishaps, { lostAnswers: 0, creationDelayMs: 0 });
});

const CERTIFICATES = 'ABCED12345';
const PSKS = 'PSK1234567';
const MINUTE_MS = 60_000;
const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const actionOf = ({ headers }: Parameters<Transport>[0]) => headers['x-tc-action'] ?? '';

let made = 0;
/** Names that no other test has. */
const newNames = (count: number) => {
  made += 1;
  return Array.from({ length: count }, (_, index) => `resolve-${made}-${index}`);
};

interface ShownDevice {
  readonly deviceName: string;
  readonly status: string;
  readonly credentials?: { readonly certificate?: string; readonly privateKey?: string; readonly psk?: string };
  readonly error?: { readonly code: string };
}

/** A stage over API 3.0, whose clients never really wait. @param transport past which its calls go @param callsPerS if their time is to pass */
function open(transport?: Transport, callsPerS?: number) {
  const overrides = { IOTCLOUD_API: '2018-06-14', IOTCLOUD_ENDPOINT: stack.emulator.api3Endpoint, BATCH_CALLS_PER_S: String(callsPerS ?? 999) };
  const clock = { now: () => Date.now(), sleep: (ms: number) => Promise.resolve(callsPerS === undefined ? undefined : wait(ms)) };
  const stage = stack.open(overrides, { clock, ...(transport === undefined ? {} : { transport }) });
  const readJson = async (path: string, options: Parameters<typeof stage.send>[1] = {}) => JSON.parse((await stage.send(path, options)).text) as Record<string, unknown>;

  /** Ends of a batch's devices, by name, out of its parts and what is stored of them as of any task. */
  const readEnds = async (productId: string, batchId: string): Promise<Map<string, ShownDevice>> => {
    const items = (await stack.scanItems()).filter((item) => item['pk']?.S === `${stage.account}#batch#${productId}#${batchId}` && item['sk']?.S?.startsWith('part#'));
    const ends = new Map<string, ShownDevice>();
    for (const { state } of items) {
      const { statuses, taskId } = JSON.parse(state?.S ?? '') as { statuses: string; taskId: string }; // of a part that is done
      const { devices } = (await readJson(`/v1/products/${productId}/device-tasks/${taskId}/devices`, { query: 'pageSize=100&include=credentials' })) as { devices: ShownDevice[] };
      devices.forEach((device, position) => ends.set(device.deviceName, statuses[position] === 'u' ? { deviceName: device.deviceName, status: 'unknown' } : device));
    }
    return ends;
  };

  return {
    ...stage,
    accept: async (productId: string, deviceNames: readonly string[]) => {
      const path = `/v1/products/${productId}/device-batches`;
      const { batchId } = await readJson(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ deviceNames }) });
      const id = String(batchId);
      return { read: () => readJson(`${path}/${id}`), readEnds: () => readEnds(productId, id) };
    },
    audit: () => stage.logLines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ event }) => event === 'credentials-recovered'),
  };
}

const codeOf = ({ status, error }: ShownDevice) => error?.code ?? status;

/** How many devices ended how. */
function tally(ends: ReadonlyMap<string, ShownDevice>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const device of ends.values()) counts[codeOf(device)] = (counts[codeOf(device)] ?? 0) + 1;
  return counts;
}

/** The material of a device as the vendor made it. */
async function keysAtVendor(productId: string, name: string) {
  const keys = await stack.emulator.findDevice(productId, name)?.keys();
  if (keys === undefined) return undefined;
  return 'devicePsk' in keys ? { type: 'psk', psk: keys.devicePsk } : { type: 'certificate', certificate: keys.deviceCert, privateKey: keys.devicePrivateKey };
}

async function expectKeysAsMade(productId: string, ends: ReadonlyMap<string, ShownDevice>) {
  const created = [...ends].filter(([, { status }]) => status === 'created');
  for (const [name, { credentials }] of created) expect(credentials).toEqual(await keysAtVendor(productId, name));
}

const countActions = () => {
  const count = (action: string) => stack.emulator.countCalls(action);
  return { created: count('CreateMultiDevice'), lookedUp: count('DescribeDevice'), keys: count('DescribeDeviceClientKey') };
};

interface VainSending {
  readonly stage?: ReturnType<typeof open>;
  /** What happens just before it is sent. */
  readonly before?: () => void;
  /** Waits until it is due again. */
  readonly after?: (ms: number) => void;
}

/** Has a batch of one part sent, and its answer lost. */
async function sendInVain(productId: string, names: readonly string[], { stage = open(), before = () => undefined, after = wait }: VainSending = {}) {
  const batch = await stage.accept(productId, names);
  await driveSteps(stage, wait, 1);
  before();
  stack.emulator.mishaps.lostAnswers = 1;
  await driveSteps(stage, after, 1);
  stack.emulator.mishaps.lostAnswers = 0;
  return { stage, batch };
}

describe('a part whose creation lost its answer', () => {
  it('is looked up six minutes later, each key fetched once, and told as any other', async () => {
    const names = newNames(20);
    const { stage, batch } = await sendInVain(CERTIFICATES, names, { after: () => undefined });
    expect(stage.queue.lying()).toEqual([{ message: expect.objectContaining({ step: 'part' }), delayS: 360 }]);
    expect(await batch.read()).toMatchObject({ status: 'running', pendingDevices: 20 });
    wait(5 * MINUTE_MS);
    await driveSteps(stage, () => undefined, 1);
    expect(countActions()).toEqual({ created: 1, lookedUp: 0, keys: 0 });
    await stage.container.services().sweepBatches();
    expect(stage.queue.lying()).toEqual([]);
    wait(MINUTE_MS + 5 * MINUTE_MS);
    await stage.container.services().sweepBatches();
    await driveSteps(stage, wait);
    expect(await batch.read()).toMatchObject({ status: 'completed', createdDevices: 20, pendingDevices: 0 });
    expect(countActions()).toEqual({ created: 1, lookedUp: 20, keys: 20 });
    const ends = await batch.readEnds();
    expect([...ends.keys()]).toEqual(names);
    await expectKeysAsMade(CERTIFICATES, ends);
    expect(stage.audit()).toHaveLength(20);
    expect(stage.audit()[0]).toMatchObject({ iss: 'https://issuer.test/', sub: 'tester', client: 'test-client', productId: CERTIFICATES, deviceName: names[0], devices: 1 });
    expect(stage.logLines.join('\n')).not.toContain('PRIVATE KEY');
    expect((await stack.scanItems()).filter((item) => item['pk']?.S?.includes('#recovered#'))).toEqual([]);
  });

  it('has its pre-shared keys from the look alone', async () => {
    const { stage, batch } = await sendInVain(PSKS, newNames(5));
    await driveSteps(stage, wait);
    expect(countActions()).toEqual({ created: 1, lookedUp: 5, keys: 0 });
    const ends = await batch.readEnds();
    expect(tally(ends)).toEqual({ created: 5 });
    await expectKeysAsMade(PSKS, ends);
    expect(stage.audit()).toHaveLength(5);
  });

  it('is not taken for what somebody else created a minute or a second before, whose keys are not fetched', async () => {
    const names = newNames(9);
    const agesMs = [MINUTE_MS, 3000, 2000, 1000];
    const before = () => agesMs.forEach((ageMs, index) => stack.emulator.addDevice(CERTIFICATES, names[index] ?? '', undefined, Date.now() - ageMs));
    const { stage, batch } = await sendInVain(CERTIFICATES, names, { before });
    await driveSteps(stage, wait);
    const ends = await batch.readEnds();
    expect(names.map((name) => codeOf(ends.get(name) ?? { deviceName: '', status: '' }))).toEqual(['device-name-exists', 'device-name-exists', 'unknown', 'unknown', ...Array<string>(5).fill('created')]);
    expect(countActions()).toEqual({ created: 1, lookedUp: 9, keys: 5 });
    await expectKeysAsMade(CERTIFICATES, ends);
    expect(await batch.read()).toMatchObject({ status: 'completed', createdDevices: 5, failedDevices: 2, unknownDevices: 2 });
  });

  it('that the vendor carries out eight minutes later is neither lost nor sent again, beside names that existed before', async () => {
    stack.emulator.mishaps.creationDelayMs = 8 * MINUTE_MS;
    const names = newNames(6);
    const before = () => stack.emulator.addDevice(CERTIFICATES, names[0] ?? '', undefined, Date.now() - MINUTE_MS);
    const { stage, batch } = await sendInVain(CERTIFICATES, names, { before });
    await driveSteps(stage, wait);
    expect(tally(await batch.readEnds())).toEqual({ 'device-name-exists': 1, unknown: 5 });
    // The one that existed is decided by the first look.
    expect(countActions()).toEqual({ created: 1, lookedUp: 6 + 5, keys: 0 });
  });

  it('that created nothing is sent once more, after two looks, and no third time', async () => {
    stack.emulator.mishaps.creationDelayMs = Infinity;
    const names = newNames(3);
    const { stage, batch } = await sendInVain(CERTIFICATES, names);
    const lookedAtMs = Date.now();
    await driveSteps(stage, wait, 1);
    expect((Date.now() - lookedAtMs) / 1000).toBe(300);
    await driveSteps(stage, wait, 1);
    stack.emulator.mishaps.lostAnswers = 1;
    await driveSteps(stage, wait, 1);
    expect(countActions()).toEqual({ created: 2, lookedUp: 6, keys: 0 });
    await driveSteps(stage, wait);
    expect(countActions()).toEqual({ created: 2, lookedUp: 12, keys: 0 });
    expect(await batch.read()).toMatchObject({ status: 'completed', failedDevices: 3 });
  });

  it('and whose second sending finds names taken has these looked up, and the others from the task', async () => {
    stack.emulator.mishaps.creationDelayMs = Infinity;
    const names = newNames(3);
    const { stage, batch } = await sendInVain(CERTIFICATES, names);
    await driveSteps(stage, wait, 2);
    stack.emulator.mishaps.creationDelayMs = 0;
    stack.emulator.addDevice(CERTIFICATES, names[1] ?? '', undefined, Date.now() - 1000);
    await driveSteps(stage, wait);
    const ends = await batch.readEnds();
    expect(names.map((name) => codeOf(ends.get(name) ?? { deviceName: '', status: '' }))).toEqual(['created', 'unknown', 'created']);
    await expectKeysAsMade(CERTIFICATES, ends);
    expect(countActions()).toEqual({ created: 2, lookedUp: 7, keys: 0 });
  });

  it('is resolved in as many steps as the rate asks for, each going on where the one before it ended', async () => {
    const { stage, batch } = await sendInVain(CERTIFICATES, newNames(40), { stage: open(undefined, 20) });
    const startedMs = Date.now();
    await driveSteps(stage, wait, 1);
    // Three seconds of looks, so that the last has time for its key.
    expect((Date.now() - startedMs) / 1000).toBeLessThanOrEqual(3.2);
    const { lookedUp } = countActions();
    expect(lookedUp).toBeLessThan(40);
    expect(stage.queue.lying()).toEqual([{ message: expect.objectContaining({ step: 'part' }), delayS: 0 }]);
    expect(await batch.read()).toMatchObject({ pendingDevices: 40 });
    await driveSteps(stage, wait);
    expect(countActions()).toEqual({ created: 1, lookedUp: 40, keys: 40 });
    await expectKeysAsMade(CERTIFICATES, await batch.readEnds());
    expect(await batch.read()).toMatchObject({ createdDevices: 40 });
  });

  it('has lost the key whose answer is lost, or that was fetched before, and asks for neither again', async () => {
    const http = createHttpTransport();
    let fetches = 0;
    const transport: Transport = async (request) => {
      const outcome = await http(request);
      if (actionOf(request) !== 'DescribeDeviceClientKey') return outcome;
      fetches += 1;
      return fetches === 2 ? failed({ kind: 'timeout', sent: true }) : outcome;
    };
    const names = newNames(4);
    const { stage, batch } = await sendInVain(CERTIFICATES, names, { stage: open(transport) });
    const third = stack.emulator.findDevice(CERTIFICATES, names[2] ?? '');
    if (third !== undefined) third.isKeyFetched = true;
    await driveSteps(stage, wait);
    const ends = await batch.readEnds();
    expect(names.map((name) => codeOf(ends.get(name) ?? { deviceName: '', status: '' }))).toEqual(['created', 'credentials-lost', 'credentials-lost', 'created']);
    expect(countActions()).toEqual({ created: 1, lookedUp: 4, keys: 3 });
  });
});

describe('a part over the query API', () => {
  it('ends as unknown: nobody can look its devices up', async () => {
    const stage = stack.open();
    const { text } = await stage.send(`/v1/products/${CERTIFICATES}/device-batches`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ deviceNames: newNames(2) }) });
    stack.emulator.mishaps.lostAnswers = 1;
    await driveSteps(stage, wait);
    const { batchId } = JSON.parse(text) as { batchId: string };
    const reply = await stage.send(`/v1/products/${CERTIFICATES}/device-batches/${batchId}`);
    expect(JSON.parse(reply.text)).toMatchObject({ status: 'completed', unknownDevices: 2 });
  });
});

// A larger run: `RESOLVING_DEVICES=1000 npx vitest run --project integration test/integration/batches/resolving.test.ts`.
const DEVICES = Number(process.env['RESOLVING_DEVICES'] ?? 200);
const VISIBILITY_MS = 180_000;

describe(`${DEVICES} devices, one creation in five without an answer, a worker killed at random`, () => {
  it.each([1, 2, 3])('end as the vendor has them, every key byte for byte or told to be lost: seed %i', async (seed) => {
    const { next } = createChance(seed);
    const http = createHttpTransport();
    let kill: () => void = () => undefined;
    let creations = 0;
    const seen = { kills: 0, lostAnswers: 0, calls: 0 };
    const die = () => {
      seen.kills += 1;
      kill();
      return new Promise<never>(() => undefined);
    };
    const transport: Transport = async (request) => {
      seen.calls += 1;
      const isCreation = actionOf(request) === 'CreateMultiDevice';
      creations += isCreation ? 1 : 0;
      // One in five, and the first in any case.
      const isLost = isCreation && (next() < 0.2 || creations === 1);
      const [isKilled, isBefore] = [next() < (isCreation ? 0.1 : 0.02), next() < 0.5];
      if (isKilled && isBefore) return die();
      seen.lostAnswers += isLost ? 1 : 0;
      stack.emulator.mishaps.lostAnswers = isLost ? 1 : 0;
      const outcome = await http(request);
      return isKilled ? die() : outcome;
    };
    const stage = open(transport);
    const names = newNames(DEVICES);
    const batch = await stage.accept(CERTIFICATES, names);
    for (let round = 0; round < 200 && stage.queue.lying().length > 0; round += 1) {
      for (const { message } of stage.queue.take()) {
        const killed = new Promise<'killed'>((resolve) => {
          kill = () => resolve('killed');
        });
        const outcome = await Promise.race([stage.container.services().runStep(message, stepContext()), killed]);
        // SQS delivers again what was not deleted.
        if (outcome === 'killed') await stage.queue.send([{ message, delayS: VISIBILITY_MS / 1000 }]);
      }
      wait(Math.max(0, ...stage.queue.lying().map(({ delayS }) => delayS * 1000)));
    }
    const ends = await batch.readEnds();
    const counts = tally(ends);
    const { created = 0, 'credentials-lost': lost = 0 } = counts;
    expect([...ends.keys()].toSorted()).toEqual(names.toSorted());
    expect(counts).toEqual({ created, ...(lost === 0 ? {} : { 'credentials-lost': lost }) });
    expect(names.filter((name) => stack.emulator.findDevice(CERTIFICATES, name) === undefined)).toEqual([]);
    await expectKeysAsMade(CERTIFICATES, ends);
    expect(lost).toBeLessThanOrEqual(seen.kills);
    expect(seen.kills).toBeGreaterThan(0);
    const lookedUpNames = stack.emulator.calls.filter(({ action }) => action === 'DescribeDevice').map(({ params }) => String(params['DeviceName']));
    const resolvedParts = new Set(lookedUpNames.map((name) => Math.floor(names.indexOf(name) / 100))).size;
    expect(resolvedParts).toBeGreaterThan(0);
    const { lookedUp, keys } = countActions();
    const callsAPart = Math.round((lookedUp + keys) / resolvedParts);
    // 200 for a hundred devices, twice the looks if none existed at first, and what a kill has looked up again.
    expect(callsAPart).toBeLessThanOrEqual(310);
    if (process.env['RESOLVING_DEVICES'] !== undefined)
      console.log(JSON.stringify({ seed, devices: DEVICES, ...counts, ...seen, creations, resolvedParts, lookedUp, keys, callsAPart }));
  });
});
