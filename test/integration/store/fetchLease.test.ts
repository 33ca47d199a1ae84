import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFetchLease } from '../../../lib/store/fetchLease.ts';
import { createDynamoDbCaller } from '../../../lib/store/dynamoDbCaller.ts';
import { createTableClient } from '../../../lib/store/tableClient.ts';
import type { FetchLease } from '../../../lib/deviceTasks/ports.ts';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy.ts';
import { account, startStoreFixture, type StoreFixture } from './storeFixture.ts';

const HELD_MS = 10_000;

let fixture: StoreFixture;
let proxy: FaultProxy;
let serial = 0;
beforeAll(async () => {
  fixture = await startStoreFixture();
  proxy = await startFaultProxy({ target: fixture.place.endpoint });
});
afterAll(async () => {
  await proxy.close();
  await fixture.close();
});

const newRef = () => ({ productId: 'P', taskId: `T${(serial += 1)}` });

/** A lease as another process has it: connections of its own, the same clock. */
function leaseOver(call = fixture.connect(), of = account): FetchLease {
  const table = createTableClient(call, fixture.tableName, fixture.clock);
  return createFetchLease({ table, account: of, clock: fixture.clock });
}

const leaseItems = async (taskId: string) => (await fixture.scan()).filter((item) => item['pk']?.S?.endsWith(`#${taskId}`));

describe('a lease', () => {
  it('is had by one of many who ask at the same time', async () => {
    const ref = newRef();
    const taken = await Promise.all(Array.from({ length: 10 }, () => leaseOver().acquire(ref)));
    expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  it('is one item beside the task, and gone when it is given back', async () => {
    const ref = newRef();
    const lease = await leaseOver().acquire(ref);
    expect(await leaseItems(ref.taskId)).toMatchObject([{ sk: { S: 'lease' } }]);
    await lease?.release();
    expect(await leaseItems(ref.taskId)).toEqual([]);
    expect(await leaseOver().acquire(ref)).toBeDefined();
  });

  it('expires by itself, no sooner than a minute and no later than an hour after', async () => {
    const ref = newRef();
    const nowS = fixture.clock.now() / 1000;
    await leaseOver().acquire(ref);
    const [item] = await leaseItems(ref.taskId);
    const livesS = Number(item?.['expiresAt']?.N) - nowS;
    expect(livesS).toBeGreaterThanOrEqual(60);
    expect(livesS).toBeLessThan(3600);
  });

  it('belongs to a task, a product and an account', async () => {
    const ref = newRef();
    await leaseOver().acquire(ref);
    const others = [
      leaseOver().acquire({ ...ref, taskId: 'another' }),
      leaseOver().acquire({ ...ref, productId: 'another' }),
      leaseOver(fixture.connect(), 'another').acquire(ref),
    ];
    expect((await Promise.all(others)).every((lease) => lease !== undefined)).toBe(true);
  });

  it('is no task: the store reads nothing if there is only a lease', async () => {
    const ref = newRef();
    await leaseOver().acquire(ref);
    expect(await fixture.store.readTask(ref)).toEqual({});
    expect(await fixture.store.readPage(ref, { page: 1, pageSize: 10 }, false)).toEqual({ kind: 'absent' });
  });
});

describe('a lease whose holder has stored the task', () => {
  it('is taken over at once, by one, of those who find that very copy wanting', async () => {
    const ref = newRef();
    const done = await leaseOver().acquire(ref);
    await fixture.store.save(ref, [], undefined, done?.fetchId);
    expect((await fixture.store.readTask(ref)).completed?.fetchId).toBe(done?.fetchId);
    expect(await leaseOver().acquire(ref)).toBeUndefined();
    expect(await leaseOver().acquire(ref, 'another copy')).toBeUndefined();
    const takers = await Promise.all(Array.from({ length: 5 }, () => leaseOver().acquire(ref, done?.fetchId)));
    expect(takers.filter((lease) => lease !== undefined)).toHaveLength(1);
  });
});

describe('a stale lease', () => {
  it('is taken over once its time is up, by one, and not a moment earlier', async () => {
    const ref = newRef();
    await leaseOver().acquire(ref);
    fixture.move(HELD_MS - 1);
    expect(await leaseOver().acquire(ref)).toBeUndefined();
    fixture.move(1);
    const takers = await Promise.all([leaseOver().acquire(ref), leaseOver().acquire(ref), leaseOver().acquire(ref)]);
    expect(takers.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  it('is one of a holder whose clock is far ahead, too', async () => {
    const ref = newRef();
    fixture.move(HELD_MS + 1);
    await leaseOver().acquire(ref);
    fixture.move(-HELD_MS);
    expect(await leaseOver().acquire(ref)).toBeUndefined();
    fixture.move(-1);
    expect(await leaseOver().acquire(ref)).toBeDefined();
  });

  it('is not given back by its old holder once another one has it', async () => {
    const ref = newRef();
    const old = await leaseOver().acquire(ref);
    fixture.move(HELD_MS);
    const current = await leaseOver().acquire(ref);
    await old?.release();
    expect(await leaseOver().acquire(ref)).toBeUndefined();
    await current?.release();
    expect(await leaseItems(ref.taskId)).toEqual([]);
  });

  it('may be given back twice', async () => {
    const ref = newRef();
    const lease = await leaseOver().acquire(ref);
    await lease?.release();
    await expect(lease?.release()).resolves.toBeUndefined();
  });
});

describe('a table that fails', () => {
  const proxied = () => leaseOver(createDynamoDbCaller({ ...fixture.place, endpoint: proxy.origin }));

  it.each(['status-500', 'throttle', 'reset-before-request'] as const)('by %s fails the lease after two attempts', async (fault) => {
    proxy.clear();
    proxy.fail(fault);
    await expect(proxied().acquire(newRef())).rejects.toBeInstanceOf(Error);
    expect(proxy.countAttempts()).toBe(2);
    await proxy.heal();
  });

  it('fails giving it back, and leaves it to go stale', async () => {
    const ref = newRef();
    const lease = await proxied().acquire(ref);
    proxy.fail('status-500');
    await expect(lease?.release()).rejects.toBeInstanceOf(Error);
    await proxy.heal();
    expect(await leaseOver().acquire(ref)).toBeUndefined();
    fixture.move(HELD_MS);
    expect(await leaseOver().acquire(ref)).toBeDefined();
  });

  it('only in its answer leaves the lease with who asked: the repeated write finds its own', async () => {
    const ref = newRef();
    proxy.clear();
    proxy.fail('reset-after-request', { times: 1 });
    const lease = await proxied().acquire(ref);
    expect([lease === undefined, proxy.countAttempts()]).toEqual([false, 2]);
    await lease?.release();
    expect(await leaseItems(ref.taskId)).toEqual([]);
  });
});
