import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { FetchLease } from '../deviceTasks/ports.ts';
import { LEASE, taskKey } from './keys.ts';
import { ownedBy, stands, type Condition, type TableClient } from './tableClient.ts';

export interface FetchLeaseDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
}

// Longer than a read can last: who holds a lease past this is gone, and it may be taken over.
const HELD_MS = 10_000;

// DynamoDB's time to live is for cleaning up only; it is coarse, so the item is given more than its use.
const EXPIRES_AFTER_S = 120;

// | what stands there       | acquire (isFree) | release (isOurs) |
// | nothing                 | stands           | refused          |
// | ours                    | stands           | stands           |
// | another's, held         | refused          | refused          |
// | another's, stale        | stands           | refused          |
// | another's, from a clock | stands           | refused          |
// |   that is far ahead     |                  |                  |
// The caller repeats a write whose answer was lost; what it then finds there is our own, and no reason to wait.
const isFree = (owner: string, nowMs: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR heldUntilMs <= :now OR heldUntilMs > :absurd OR #owner = :owner',
  names: { '#owner': 'owner' },
  values: { ':now': { N: String(nowMs) }, ':absurd': { N: String(nowMs + 2 * HELD_MS) }, ':owner': { S: owner } },
});

/** One item a task, written on condition that nobody holds it. */
export function createFetchLease({ table, account, clock }: FetchLeaseDeps): FetchLease {
  return {
    acquire: async (ref) => {
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
      if (!(await stands(table.put(item, isFree(owner, nowMs))))) return undefined;
      return async () => {
        await stands(table.remove(pk, LEASE, ownedBy(owner)));
      };
    },
  };
}
