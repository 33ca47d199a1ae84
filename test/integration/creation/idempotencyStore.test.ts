import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIdempotencyStore } from '../../../lib/store/idempotencyStore.ts';
import type { Claim, IdempotencyRef, IdempotencyStore } from '../../../lib/deviceTasks/idempotency.ts';
import { account, startStoreFixture, type StoreFixture } from '../store/storeFixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let fixture: StoreFixture;
let store: IdempotencyStore;
let serial = 0;
beforeAll(async () => {
  fixture = await startStoreFixture();
  store = createIdempotencyStore({ table: fixture.table, account, clock: fixture.clock });
});
afterAll(() => fixture.close());

/** A key of a product of its own, so that its record is found by the product. */
const newRef = (): IdempotencyRef => ({ productId: `P${(serial += 1)}`, callerHash: 'caller', key: 'key' });
const claimOf = (owner: string, inMs = 1000): Claim => ({ bodyHash: `body of ${owner}`, owner, deadlineMs: fixture.clock.now() + inMs });
const task = { taskId: 'T', totalDevices: 2, createdAtS: 1_790_000_000, expiresAtS: 1_792_592_000 };

const recordAt = async ({ productId }: IdempotencyRef) =>
  (await fixture.scan()).find((item) => item['pk']?.S?.includes(`#idempotency#${productId}#`));

const bring = {
  claimed: async (ref: IdempotencyRef, claim: Claim) => void (await store.claim(ref, claim)),
  sending: async (ref: IdempotencyRef, claim: Claim) => {
    await bring.claimed(ref, claim);
    await store.startSending(ref, claim);
  },
  unknown: async (ref: IdempotencyRef, claim: Claim) => {
    await bring.sending(ref, claim);
    await store.markUnknown(ref, claim);
  },
  completed: async (ref: IdempotencyRef, claim: Claim) => {
    await bring.sending(ref, claim);
    await store.complete(ref, claim, task);
  },
};

const methods = {
  claim: (ref: IdempotencyRef, claim: Claim) => store.claim(ref, claim),
  startSending: (ref: IdempotencyRef, claim: Claim) => store.startSending(ref, claim),
  markUnknown: (ref: IdempotencyRef, claim: Claim) => store.markUnknown(ref, claim),
  complete: (ref: IdempotencyRef, claim: Claim) => store.complete(ref, claim, task),
  release: (ref: IdempotencyRef, claim: Claim) => store.release(ref, claim),
};
type Method = keyof typeof methods;

/** Whether a method of `mine` takes effect on what `stands`: it writes or deletes. */
async function takesEffect(stands: { by: string; state: keyof typeof bring; inMs: number } | undefined, method: Method): Promise<boolean> {
  const ref = newRef();
  if (stands !== undefined) await bring[stands.state](ref, claimOf(stands.by, stands.inMs));
  const before = await recordAt(ref);
  // A second later, by its expiry, a record that was written anew can be told from the old one.
  fixture.move(1000);
  await methods[method](ref, claimOf('mine')).catch(() => undefined);
  const after = await recordAt(ref);
  fixture.move(-1000);
  return JSON.stringify(after) !== JSON.stringify(before);
}

describe('the methods of an idempotency store', () => {
  const all = ['claim', 'startSending', 'markUnknown', 'complete', 'release'] as const;
  // The truth table of lib/store/idempotencyStore.ts.
  it.each([
    ['nothing', undefined, ['claim']],
    ['a claim of mine', { by: 'mine', state: 'claimed', inMs: 9000 }, ['startSending', 'complete', 'release']],
    ['mine, sending', { by: 'mine', state: 'sending', inMs: 9000 }, ['startSending', 'markUnknown', 'complete', 'release']],
    ['mine, unknown', { by: 'mine', state: 'unknown', inMs: 9000 }, ['complete', 'release']],
    ['mine, completed', { by: 'mine', state: 'completed', inMs: 9000 }, ['complete', 'release']],
    ["another's claim", { by: 'other', state: 'claimed', inMs: 9000 }, []],
    ["another's claim at its deadline", { by: 'other', state: 'claimed', inMs: 1000 }, ['claim']],
    ["another's claim just before it", { by: 'other', state: 'claimed', inMs: 1001 }, []],
    ["another's, sending, overdue", { by: 'other', state: 'sending', inMs: 0 }, []],
    ["another's, unknown", { by: 'other', state: 'unknown', inMs: 0 }, []],
    ["another's, completed", { by: 'other', state: 'completed', inMs: 0 }, []],
  ] as const)('meet %s', async (_, stands, expected) => {
    const effects = [];
    for (const method of all) if (await takesEffect(stands, method)) effects.push(method);
    expect(effects).toEqual(expected);
  });

  it('throw where a creation must not be sent, or cannot be recorded', async () => {
    const ref = newRef();
    await expect(store.startSending(ref, claimOf('mine'))).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await bring.sending(ref, claimOf('other'));
    await expect(store.startSending(ref, claimOf('mine'))).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await expect(store.complete(ref, claimOf('mine'), task)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await expect(store.markUnknown(ref, claimOf('mine'))).resolves.toBeUndefined();
    await expect(store.release(ref, claimOf('mine'))).resolves.toBeUndefined();
  });

  it('tell what stands under a key, for 24 hours', async () => {
    const ref = newRef();
    const claim = claimOf('other');
    const stands = () => store.claim(ref, claimOf('mine'));
    await bring.claimed(ref, claim);
    expect(await stands()).toEqual({ bodyHash: claim.bodyHash, state: 'claimed', deadlineMs: claim.deadlineMs });
    await store.startSending(ref, claim);
    expect(await stands()).toEqual({ bodyHash: claim.bodyHash, state: 'sending', deadlineMs: claim.deadlineMs });
    await store.complete(ref, claim, task);
    expect(await stands()).toEqual({ bodyHash: claim.bodyHash, state: 'completed', task });
    const other = newRef();
    await bring.unknown(other, claim);
    expect(await store.claim(other, claimOf('mine'))).toEqual({ bodyHash: claim.bodyHash, state: 'unknown' });
    fixture.move(DAY_MS - 1000);
    expect(await stands()).toMatchObject({ state: 'completed' });
    fixture.move(1000);
    expect(await stands()).toBeUndefined();
  });

  it('give one key to one of many who claim it at the same time', async () => {
    const ref = newRef();
    const claims = Array.from({ length: 10 }, (_, index) => claimOf(`claimant ${index}`));
    const stands = await Promise.all(claims.map((claim) => store.claim(ref, claim)));
    expect(stands.filter((record) => record === undefined)).toHaveLength(1);
  });
});
