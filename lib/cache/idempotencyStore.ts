import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { Claim, IdempotencyRecord, IdempotencyRef, IdempotencyStore } from '../deviceTasks/idempotency.ts';
import type { Item } from './dynamoDbApi.ts';
import { ownedBy, stands, type Condition, type TableClient } from './tableClient.ts';

export interface IdempotencyStoreDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
}

const REMEMBERED_S = 24 * 60 * 60;
const RECORD = 'record';
const SCHEMA_VERSION = 1;

// A claim can be refused by a record that is gone, or expired, by the time it is read.
const CLAIM_ROUNDS = 2;

const text = z.pipe(z.object({ S: z.string() }), z.transform(({ S }) => S));
const number = z.pipe(z.object({ N: z.string() }), z.transform(({ N }) => Number(N)));

const frame = { v: number.check(z.refine((v) => v === SCHEMA_VERSION)), owner: text, bodyHash: text, expiresAt: number };

const recordItem = z.union([
  z.object({ ...frame, state: z.object({ S: z.literal('in-progress') }), deadlineMs: number }),
  z.object({ ...frame, state: z.object({ S: z.literal('unknown') }) }),
  z.object({ ...frame, state: z.object({ S: z.literal('completed') }), taskId: text, totalDevices: number, taskExpiresAt: number }),
]);
type RecordItem = z.infer<typeof recordItem>;

function toRecord(item: RecordItem): IdempotencyRecord {
  const { bodyHash } = item;
  if ('deadlineMs' in item) return { bodyHash, state: 'in-progress', deadlineMs: item.deadlineMs };
  if (!('taskId' in item)) return { bodyHash, state: 'unknown' };
  const { taskId, totalDevices, taskExpiresAt } = item;
  return { bodyHash, state: 'completed', task: { taskId, totalDevices, expiresAtS: taskExpiresAt } };
}

const hash = (value: string) => createHash('sha256').update(value).digest('base64url');

/** Keys are hashed: a client may put anything into one. */
function recordKey(account: string, { productId, callerHash, key }: IdempotencyRef): string {
  return `${account}#idempotency#${productId}#${callerHash}#${hash(key)}`;
}

// | what stands there       | claim (isFree) | complete, release (isOurs) | markUnknown (isOpen) |
// | nothing                 | stands         | refused                    | refused              |
// | expired, not yet gone   | stands         | refused unless ours        | refused unless ours  |
// | ours                    | refused        | stands                     | stands               |
// | ours, completed         | refused        | stands                     | refused              |
// | another's               | refused        | refused                    | refused              |
const isFree = (nowS: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR expiresAt <= :now',
  values: { ':now': { N: String(nowS) } },
});
const isOurs = ({ owner }: Claim): Condition => ownedBy(owner);

const isOpen = ({ owner }: Claim): Condition => ({
  expression: '#owner = :owner AND #state = :state',
  names: { '#owner': 'owner', '#state': 'state' },
  values: { ':owner': { S: owner }, ':state': { S: 'in-progress' } },
});

/** Idempotency keys in the table, on conditional writes alone (no transaction, no returned item). */
export function createIdempotencyStore({ table, account, clock }: IdempotencyStoreDeps): IdempotencyStore {
  const nowS = () => Math.floor(clock.now() / 1000);

  const toItem = (ref: IdempotencyRef, claim: Claim, state: IdempotencyRecord['state'], attributes: Item): Item => ({
    pk: { S: recordKey(account, ref) },
    sk: { S: RECORD },
    v: { N: String(SCHEMA_VERSION) },
    owner: { S: claim.owner },
    bodyHash: { S: claim.bodyHash },
    expiresAt: { N: String(nowS() + REMEMBERED_S) },
    state: { S: state },
    ...attributes,
  });

  const read = async (ref: IdempotencyRef): Promise<RecordItem | undefined> => {
    const item = await table.get(recordKey(account, ref), RECORD, true);
    if (item === undefined) return undefined;
    const record = recordItem.parse(item);
    return record.expiresAt > nowS() ? record : undefined;
  };

  return {
    claim: async (ref, claim) => {
      const item = toItem(ref, claim, 'in-progress', { deadlineMs: { N: String(claim.deadlineMs) } });
      for (let round = 1; round <= CLAIM_ROUNDS; round += 1) {
        if (await stands(table.put(item, isFree(nowS())))) return undefined;
        const record = await read(ref);
        // The caller repeats a write whose answer was lost; then the record that refuses it is our own.
        if (record?.owner === claim.owner) return undefined;
        if (record !== undefined) return toRecord(record);
      }
      throw new Error('the key is claimed and freed too fast');
    },
    complete: (ref, claim, task) =>
      table.put(
        toItem(ref, claim, 'completed', {
          taskId: { S: task.taskId },
          totalDevices: { N: String(task.totalDevices) },
          taskExpiresAt: { N: String(task.expiresAtS) },
        }),
        isOurs(claim),
      ),
    // Where these are refused there is nothing left to do: the first of two attempts may have done it.
    markUnknown: async (ref, claim) => void (await stands(table.put(toItem(ref, claim, 'unknown', {}), isOpen(claim)))),
    release: async (ref, claim) => void (await stands(table.remove(recordKey(account, ref), RECORD, isOurs(claim)))),
  };
}
