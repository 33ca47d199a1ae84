import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchRef } from '../../../../lib/deviceBatches/batch.ts';
import { createChance } from '../../../faults/soak/random.ts';
import { statusCharacter } from '../../../../lib/deviceBatches/part.ts';
import { secretOf, type Device } from '../../../../lib/deviceTasks/device.ts';
import { keyOf, whatHappensTo } from './memoryVendor.ts';
import { createBatchWorld, type BatchWorld } from './batchWorld.ts';

const productId = 'P';
const names = Array.from({ length: 203 }, (_, index) => `device-${index}`);
const key = { productId, callerHash: 'caller', key: 'key' };

const DAY_MS = 24 * 60 * 60_000;

/** What happened so far, for what must never change. */
interface Witness {
  readonly done: Map<string, string>;
  readonly completed: Map<string, string>;
  /** Batches that a client was told of. */
  readonly answered: Set<string>;
}

async function checkInvariants(world: BatchWorld, { done, completed }: Witness) {
  const repeated = [...world.vendor.created].filter(([, times]) => times > 1);
  expect(repeated, 'names that were sent although an earlier sending may have created them').toEqual([]);
  for (const [place, { state }] of world.batches.parts) {
    if (state.state !== 'done') continue;
    expect(JSON.stringify(state), 'a part that was done changed').toBe(done.get(place) ?? JSON.stringify(state));
    done.set(place, JSON.stringify(state));
  }
  for (const [batchId, header] of world.batches.headers) {
    if (header === 'abandoned') continue;
    const batch = await world.look({ productId, batchId });
    const { totalDevices = 0, createdDevices = 0, failedDevices = 0, unknownDevices = 0, pendingDevices = 0 } = batch ?? {};
    expect(createdDevices + failedDevices + unknownDevices + pendingDevices).toBe(totalDevices);
    expect(totalDevices).toBe(names.length);
    expect(batch?.status === 'completed').toBe(pendingDevices === 0);
    if (batch?.status !== 'completed') continue;
    expect(JSON.stringify(batch), 'a completed batch changed').toBe(completed.get(batchId) ?? JSON.stringify(batch));
    completed.set(batchId, JSON.stringify(batch));
  }
}

const create = (world: BatchWorld, answered: Set<string>) =>
  world.start(async ({ accept }) => {
    const { batch } = await accept({ productId, deviceNames: names, key, endsAtMs: world.now() + 10_000 });
    answered.add(batch.ref.batchId);
  });

const acceptedBatches = (world: BatchWorld): BatchRef[] =>
  [...world.batches.headers].flatMap(([batchId, header]) => (header === 'abandoned' ? [] : [{ productId, batchId }]));

const TICKS_MS = [100, 1000, 5000, 31_000, 61_000, 5 * 60_000, 61 * 60_000, DAY_MS];

/** One turn of the world, as chance wills. */
async function turn(world: BatchWorld, choose: (count: number) => number, { answered }: Witness) {
  const { processes, messages } = world;
  const waiting = [...processes].filter(({ gates }) => gates.length > 0);
  const what = choose(20);
  if (what < 11) {
    // Most of the time something goes on.
    const process = waiting[choose(waiting.length)];
    const [pass] = process?.gates.splice(choose(process.gates.length), 1) ?? [];
    const fault = choose(16);
    if (pass !== undefined) pass(fault === 1 ? 'fail-before' : fault === 2 ? 'fail-after' : 'happen');
    else if (messages.length > 0) world.deliver(choose(messages.length), false);
  } else if (what < 14) world.deliver(choose(messages.length), choose(5) === 1);
  else if (what < 16) world.tick(TICKS_MS[choose(TICKS_MS.length)] ?? 0);
  else if (what === 16) {
    const process = [...processes][choose(processes.size)];
    if (process !== undefined) world.kill(process);
  } else if (what === 17) world.start(({ sweep }) => sweep());
  else if (what === 18) {
    if (choose(3) === 0) create(world, answered);
    else if (choose(4) === 0) for (const ref of acceptedBatches(world)) world.start(({ cancel }) => cancel(ref));
  } else messages.splice(choose(messages.length), 1); // lost
  await world.settle();
}

/** From here on nothing fails but the vendor, and time goes on until nothing is left to do. @param stepMs between two turns */
async function runToEnd(world: BatchWorld, witness: Witness, stepMs: number) {
  for (let round = 0; round < 400; round += 1) {
    world.messages.sort((a, b) => a.dueAtMs - b.dueAtMs);
    while ((world.messages[0]?.dueAtMs ?? Infinity) <= world.now()) world.deliver(0, false);
    for (let effects = 0; world.processes.size > 0 && effects < 5000; effects += 1) {
      for (const process of world.processes) for (const pass of process.gates.splice(0)) pass('happen');
      await world.settle();
    }
    if (round % 5 === 0) {
      await checkInvariants(world, witness);
      if (world.batches.slots.size === 0 && world.batches.untold.size === 0 && world.messages.length === 0) return;
      world.start(({ sweep }) => sweep());
    }
    world.tick(stepMs);
  }
}

const endOf = (device: Device) => (device.status === 'created' ? 'created' : device.error.code);

/** What may be told of a device whose sending's outcome was unknown, now that all that happens has happened. */
function possibleEnds({ vendor }: BatchWorld, name: string): string[] {
  if (whatHappensTo(name) === 'existed' || vendor.snatchedAtMs.has(name)) return ['device-name-exists', 'unknown'];
  if (!vendor.createdAtMs.has(name)) return ['not-sent', 'unknown'];
  return vendor.fetched.has(name) ? ['created', 'credentials-lost', 'unknown'] : ['unknown'];
}

/** What stands in the end is what happened. */
function checkTruth(world: BatchWorld, count: (end: string) => void) {
  for (const { state, deviceNames } of world.batches.parts.values()) {
    if (state.state !== 'done') throw new Error(`a part did not end: ${JSON.stringify(state)}`);
    expect(state.statuses).toHaveLength(deviceNames.length);
    const created = deviceNames.filter((name) => world.vendor.createdAtMs.has(name));
    expect(state.error === undefined ? [] : created, `created, but told ${state.error?.code}`).toEqual([]);
    if (state.taskId === undefined) continue;
    const saved = world.saved.get(state.taskId) ?? [];
    expect(saved.map(({ deviceName }) => deviceName), 'in the order of the request').toEqual(deviceNames);
    const isOwnTask = world.vendor.tasks.has(state.taskId);
    const isSentAgain = isOwnTask ? false : [...world.vendor.tasks.values()].some((told) => told.join() === deviceNames.join());
    const ends = saved.map((device, position) => {
      const { deviceName } = device;
      const isUnknown = state.statuses[position] === 'u';
      const told = endOf(world.vendor.toDevice(deviceName));
      // A name that the second sending finds taken is looked up, never told as that.
      const ownEnds = world.vendor.snatchedAtMs.has(deviceName) ? [] : [told];
      const possible = isOwnTask ? ownEnds : [...possibleEnds(world, deviceName), ...(isSentAgain ? [told] : [])];
      const end = isUnknown ? 'unknown' : endOf(device);
      const secret = end === 'created' ? secretOf(device)?.reveal() : keyOf(deviceName);
      expect({ end: possible.includes(end) ? end : `not ${end}`, secret, status: state.statuses[position] }, `told of ${deviceName}`)
        .toEqual({ end, secret: keyOf(deviceName), status: isUnknown ? 'u' : statusCharacter(device) });
      return world.vendor.snatchedAtMs.has(deviceName) ? `${end}, snatched` : end;
    });
    if (!isOwnTask) ends.forEach(count);
  }
}

describe('a batch', () => {
  it('ends in a true state in any order of steps, with duplicates, losses, faults and a kill between any two effects', async () => {
    const seen = { completed: 0, created: 0, failed: 0, unknown: 0, abandoned: 0, refused: 0, cancelled: 0, notSent: 0 };
    const ends = new Map<string, number>();
    const runs = fc.record({
      turns: fc.integer({ min: 0, max: 500 }),
      seed: fc.integer(),
      mood: fc.constantFrom('kind' as const, 'fickle' as const, 'away' as const),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ turns, seed, mood }) => {
        const { next } = createChance(seed);
        const choose = (count: number) => Math.floor(next() * count);
        const world = createBatchWorld(choose);
        const witness: Witness = { done: new Map(), completed: new Map(), answered: new Set() };
        create(world, witness.answered);
        await world.settle();
        for (let count = 0; count < turns; count += 1) {
          await turn(world, choose, witness);
          await checkInvariants(world, witness);
        }
        world.vendor.setMood(mood);
        await runToEnd(world, witness, mood === 'kind' ? 15_000 : 61 * 60_000);
        checkTruth(world, (end) => void (ends.set(end, (ends.get(end) ?? 0) + 1)));
        expect(world.kept.parts.size === 0 || turns > 0).toBe(true);
        const accepted = acceptedBatches(world);
        expect(accepted.length, 'batches under one key').toBeLessThanOrEqual(1);
        expect([...witness.answered].filter((batchId) => !accepted.some((ref) => ref.batchId === batchId)), 'told, but not accepted').toEqual([]);
        expect(world.batches.parts.size).toBe(accepted.length * 3);
        expect({ slots: world.batches.slots.size, untold: world.batches.untold.size }).toEqual({ slots: 0, untold: 0 });
        for (const ref of accepted) {
          const batch = await world.look(ref);
          expect(batch?.status).toBe('completed');
          expect(world.events).toContainEqual(batch);
          seen.completed += 1;
          seen.created += batch?.createdDevices ?? 0;
          seen.failed += batch?.failedDevices ?? 0;
          seen.unknown += batch?.unknownDevices ?? 0;
        }
        if (accepted.length === 0) seen.abandoned += 1;
        const codes = [...world.batches.parts.values()].map(({ state }) => (state.state === 'done' ? state.error?.code : undefined));
        seen.refused += codes.filter((code) => code === 'product-not-found').length;
        seen.cancelled += codes.filter((code) => code === 'cancelled').length;
        seen.notSent += codes.filter((code) => code === 'not-sent').length;
      }),
      { numRuns: 200, seed: 20_261_124 },
    );
    // Otherwise nothing was shown: every end must have been seen.
    expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([]);
    expect(Object.keys(Object.fromEntries(ends)).toSorted()).toEqual(['created', 'credentials-lost', 'device-name-exists', 'not-sent', 'unknown', 'unknown, snatched']);
  });
});
