import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { FetchLease } from '../deviceTasks/ports.ts';
import { LEASE, taskKey } from './keys.ts';
import { isAccepted, ownedBy, type Condition, type TableClient } from './tableClient.ts';

export interface FetchLeaseDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
}

// Longer than a read can last: who holds a lease past this is gone, and it may be taken over.
const HELD_MS = 10_000;

// Clocks differ by less than this; what claims to be held longer comes from one that is wrong.
const MAX_LEFT_MS = 2 * HELD_MS;

// DynamoDB's time to live is for cleaning up only; it is coarse, so the item is given more than its use.
const EXPIRES_AFTER_S = 120;

// A holder's name is the id its fetch is stored under. It gives the lease back only if it has stored nothing: what it
// stored tells all others that it is done, and whoever finds that wanting (`done`) may take the lease over.
// | what stands there       | acquire (isFree) | release (ownedBy) | readHolder |
// | nothing                 | written          | refused           | nobody     |
// | its own                 | written          | deleted           | owner      |
// | another's, held         | refused          | refused           | owner      |
// | another's, who is done  | written          | refused           | owner      |
// | another's, stale        | written          | refused           | nobody     |
// | another's, from a clock | written          | refused           | nobody     |
// |   that is far ahead     |                  |                   |            |
// The caller retries a write whose answer was lost; what it then finds there is its own lease, and no reason to wait.
const isFree = (owner: string, done: string, nowMs: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR heldUntilMs <= :now OR heldUntilMs > :absurd OR #owner = :owner OR #owner = :done',
  names: { '#owner': 'owner' },
  values: { ':now': { N: String(nowMs) }, ':absurd': { N: String(nowMs + MAX_LEFT_MS) }, ':owner': { S: owner }, ':done': { S: done } },
});

const heldLease = z.object({ owner: z.object({ S: z.string() }), heldUntilMs: z.object({ N: z.string() }) });

/** One item a task, written on condition that nobody holds it. */
export function createFetchLease({ table, account, clock }: FetchLeaseDeps): FetchLease {
  return {
    acquire: async (ref, done) => {
      const pk = taskKey(account, ref);
      const owner = randomUUID();
      const nowMs = clock.now();
      const item = {
        pk: { S: pk },
        sk: { S: LEASE },
        owner: { S: owner },
        heldUntilMs: { N: String(nowMs + HELD_MS) },
        expiresAt: { N: String(Math.ceil(nowMs / 1000) + EXPIRES_AFTER_S) },
      };
      if (!(await isAccepted(table.put(item, isFree(owner, done ?? owner, nowMs))))) return undefined;
      const release = async () => {
        await isAccepted(table.remove(pk, LEASE, ownedBy(owner)));
      };
      return { fetchId: owner, release };
    },
    readHolder: async (ref) => {
      const lease = heldLease.safeParse(await table.get(taskKey(account, ref), LEASE));
      if (!lease.success) return undefined;
      const leftMs = Number(lease.data.heldUntilMs.N) - clock.now();
      return leftMs > 0 && leftMs <= MAX_LEFT_MS ? lease.data.owner.S : undefined;
    },
  };
}
