import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAcceptBatch } from '../../../lib/deviceBatches/acceptBatch.ts';
import { BATCH_LIFE_S, type BatchHeader, type BatchPart, type BatchRef } from '../../../lib/deviceBatches/batch.ts';
import type { BatchKeys, BatchStore } from '../../../lib/deviceBatches/storePorts.ts';
import { createBatchKeyStore } from '../../../lib/store/batchKeyStore.ts';
import { createBatchStore } from '../../../lib/store/batchStore.ts';
import { createTableClient } from '../../../lib/store/tableClient.ts';
import { createMemoryQueue } from '../../support/memoryQueue.ts';
import { observeCalls, unitsOf, type ObservedCall } from '../store/observeCalls.ts';
import { account, startStoreFixture, type StoreFixture } from '../store/storeFixture.ts';

let fixture: StoreFixture;
let store: BatchStore;
let keys: BatchKeys;
let calls: ObservedCall[];
let nowS: number;

beforeAll(async () => {
  fixture = await startStoreFixture();
  const observed = observeCalls(fixture.call);
  ({ calls } = observed);
  const table = createTableClient(observed.call, fixture.tableName, fixture.clock);
  store = createBatchStore({ table, account, clock: fixture.clock });
  keys = createBatchKeyStore({ table, account, clock: fixture.clock });
});
afterAll(() => fixture.close());
beforeEach(() => {
  calls.splice(0);
  nowS = Math.floor(fixture.clock.now() / 1000);
});

const newRef = (productId = 'P'): BatchRef => ({ productId, batchId: uuidV7({ msecs: fixture.clock.now() }) });
const headerOf = (totalDevices: number): BatchHeader => ({ totalDevices, createdAtS: nowS, expiresAtS: nowS + BATCH_LIFE_S, namesHash: 'hash' });
const partOf = (number: number, deviceNames: readonly string[]): BatchPart => ({
  number,
  deviceNames,
  createdAtS: nowS,
  expiresAtS: nowS + BATCH_LIFE_S,
  state: { state: 'queued', dueAtMs: nowS * 1000, waits: 0 },
  revision: 'new',
});
const sending = { state: 'sending', dueAtMs: 1, waits: 0, claimId: 'claim', isCancelled: false } as const;

describe('a header', () => {
  it('accepts a batch, unless it was abandoned before', async () => {
    const [one, other] = [newRef(), newRef()];
    expect(await store.readHeader(one)).toEqual({ kind: 'absent' });
    expect([await store.accept(one, headerOf(1)), await store.accept(one, headerOf(1)), await store.abandon(one)]).toEqual([true, true, false]);
    expect(await store.readHeader(one)).toEqual({ kind: 'accepted', header: headerOf(1) });
    expect([await store.abandon(other), await store.abandon(other), await store.accept(other, headerOf(1))]).toEqual([true, true, false]);
    expect(await store.readHeader(other)).toEqual({ kind: 'abandoned' });
    expect(await store.readBatch(other)).toBeUndefined();
  });

  it('tells the batch that a retry repeats', async () => {
    const ref = newRef();
    const header = { ...headerOf(1), retryOf: newRef().batchId };
    await store.accept(ref, header);
    expect(await store.readHeader(ref)).toEqual({ kind: 'accepted', header });
  });
});

describe('parts', () => {
  it('are read with their header, in order and consistently, in one request', async () => {
    const ref = newRef();
    const parts = Array.from({ length: 12 }, (_, number) => partOf(number, number === 11 ? ['last'] : Array.from({ length: 100 }, (_name, index) => `d-${number}-${index}`)));
    await store.putParts(ref, parts);
    expect(await store.readBatch(ref)).toBeUndefined();
    await store.accept(ref, headerOf(1101));
    calls.splice(0);
    expect(await store.readBatch(ref)).toEqual({ ref, header: headerOf(1101), parts });
    expect(calls.map(({ operation, input }) => [operation, (input as { ConsistentRead?: boolean }).ConsistentRead])).toEqual([['Query', true]]);
    expect(await store.readPart(ref, 11)).toEqual(parts[11]);
    expect(await store.readPart(ref, 12)).toBeUndefined();
    await store.removeParts(ref);
    await expect(store.readBatch(ref)).rejects.toThrow('a part of the batch is missing');
  });

  it('change only from the state they were read in, and keep their names', async () => {
    const ref = newRef();
    await store.putParts(ref, [partOf(0, ['a', 'b'])]);
    const read = await store.readPart(ref, 0);
    const writes = await Promise.all(Array.from({ length: 5 }, () => store.writePart(ref, read ?? partOf(0, []), sending)));
    expect(writes.filter(Boolean)).toHaveLength(1);
    const changed = await store.readPart(ref, 0);
    expect(changed).toEqual({ ...partOf(0, ['a', 'b']), state: sending, revision: expect.not.stringMatching('new') });
    expect(await store.writePart(ref, partOf(1, ['c']), sending)).toBe(false);
    expect(await store.readPart(ref, 1)).toBeUndefined();
  });

  it('are gone when the batch expires', async () => {
    const ref = newRef();
    await store.putParts(ref, [{ ...partOf(0, ['a']), expiresAtS: nowS - 1 }]);
    await store.accept(ref, { ...headerOf(1), expiresAtS: nowS - 1 });
    expect(await store.readPart(ref, 0)).toBeUndefined();
    expect(await store.readBatch(ref)).toBeUndefined();
    expect(await store.readHeader(ref)).toEqual({ kind: 'absent' });
  });
});

describe('slots', () => {
  it('are ten a product, taken at once or one by one, and freed only by whose they are', async () => {
    const refs = Array.from({ length: 12 }, () => newRef('S'));
    const slots = await Promise.all(refs.map((ref) => store.takeSlot(ref)));
    expect(slots.filter((slot) => slot === undefined)).toHaveLength(2);
    expect(await store.takeSlot(newRef('S'))).toBeUndefined();
    const other = await store.takeSlot(newRef('S2'));
    expect(other?.slot).toBe(0);
    const taken = slots.find((slot) => slot !== undefined);
    if (taken === undefined) throw new Error('no slot was taken');
    await store.freeSlot({ ...taken, ref: newRef('S') });
    expect(await store.takeSlot(newRef('S'))).toBeUndefined();
    await store.freeSlot(taken);
    const next = newRef('S');
    expect(await store.takeSlot(next)).toEqual({ ref: next, slot: taken.slot });
    const { slots: open } = await store.readOpen();
    expect(open.filter(({ ref }) => ref.productId === 'S')).toHaveLength(10);
    expect(open.filter(({ ref }) => ref.productId === 'S2')).toEqual([other]);
  });

  it('stand beside what is untold', async () => {
    const ref = newRef('U');
    expect(await store.isUntold(ref)).toBe(false);
    await store.noteUntold(ref, nowS + 1000);
    expect([await store.isUntold(ref), (await store.readOpen()).untold]).toEqual([true, [ref]]);
    await store.forgetUntold(ref);
    expect([await store.isUntold(ref), (await store.readOpen()).untold]).toEqual([false, []]);
  });
});

describe('a key', () => {
  const keyRef = { productId: 'P', callerHash: 'caller', key: 'käy #1' };
  const claimOf = (batchId: string) => ({ batchId, bodyHash: 'hash', deadlineMs: 5, expiresAtS: nowS + 1000 });

  it('is claimed once, taken over only from whom it was read of, and freed only by whose it is', async () => {
    const [one, two, three] = [claimOf('one'), claimOf('two'), claimOf('three')];
    expect(await Promise.all([keys.claim(keyRef, one, undefined), keys.claim({ ...keyRef, callerHash: 'other' }, two, undefined)])).toEqual([true, true]);
    expect(await keys.claim(keyRef, two, undefined)).toBe(false);
    expect(await keys.read(keyRef)).toEqual(one);
    expect(await keys.claim(keyRef, two, three)).toBe(false);
    expect(await keys.claim(keyRef, two, one)).toBe(true);
    expect(await keys.claim(keyRef, three, one)).toBe(false);
    await keys.release(keyRef, 'one');
    expect(await keys.read(keyRef)).toEqual(two);
    await keys.release(keyRef, 'two');
    expect(await keys.read(keyRef)).toBeUndefined();
  });

  it('is free once its batch is gone', async () => {
    const ref = { productId: 'P', key: 'retried' };
    await keys.claim(ref, { ...claimOf('old'), expiresAtS: nowS - 1 }, undefined);
    expect(await keys.read(ref)).toBeUndefined();
    expect(await keys.claim(ref, claimOf('new'), undefined)).toBe(true);
  });
});

describe('accepting 10,000 names', () => {
  it('takes 25 requests to table and queue at the most, and two seconds', async () => {
    const queue = createMemoryQueue();
    const newBatchId = (msecs: number) => uuidV7({ msecs });
    const accept = createAcceptBatch({ batches: store, keys, queue, reportFault: () => undefined, now: fixture.clock.now, newBatchId });
    const deviceNames = Array.from({ length: 10_000 }, (_, index) => `factory-7-line-3-${String(index).padStart(6, '0')}-${(index * 7919) % 10_007}`);
    const startedMs = performance.now();
    const { batch } = await accept({ productId: 'big', deviceNames, key: { productId: 'big', callerHash: 'c', key: 'k' }, endsAtMs: fixture.clock.now() + 10_000 });
    const tookMs = performance.now() - startedMs;
    expect(batch.parts).toHaveLength(100);
    expect(calls.length + queue.lying().length).toBeLessThanOrEqual(25);
    expect(tookMs).toBeLessThan(2000);
    calls.splice(0);
    await store.readBatch(batch.ref);
    // Following costs these units each time, while nothing is in the parts but their names.
    expect(calls).toHaveLength(1);
    expect(unitsOf(calls)).toBeLessThan(40);
  });
});
