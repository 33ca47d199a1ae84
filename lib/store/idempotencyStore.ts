import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { Claim, IdempotencyRecord, IdempotencyRef, IdempotencyStore } from '../deviceTasks/idempotency.ts';
import type { Item } from './dynamoDbApi.ts';
import { isAccepted, ownedBy, type Condition, type TableClient } from './tableClient.ts';

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

const stateOf = <S extends IdempotencyRecord['state']>(state: S) => z.pipe(z.object({ S: z.literal(state) }), z.transform(() => state));

const recordItem = z.union([
  z.object({ ...frame, state: stateOf('claimed'), deadlineMs: number }),
  z.object({ ...frame, state: stateOf('sending'), deadlineMs: number }),
  z.object({ ...frame, state: stateOf('unknown') }),
  z.object({ ...frame, state: stateOf('completed'), taskId: text, totalDevices: number, taskCreatedAt: number, taskExpiresAt: number }),
]);
type RecordItem = z.infer<typeof recordItem>;

function toRecord(item: RecordItem): IdempotencyRecord {
  const { bodyHash, state } = item;
  if (state === 'unknown') return { bodyHash, state };
  if (state !== 'completed') return { bodyHash, state, deadlineMs: item.deadlineMs };
  const { taskId, totalDevices, taskCreatedAt: createdAtS, taskExpiresAt: expiresAtS } = item;
  return { bodyHash, state, task: { taskId, totalDevices, createdAtS, expiresAtS } };
}

const deadlineOf = ({ deadlineMs }: Claim): Item => ({ deadlineMs: { N: String(deadlineMs) } });

const hash = (value: string) => createHash('sha256').update(value).digest('base64url');

/** Keys are hashed: a client may put anything into one. */
function recordKey(account: string, { productId, callerHash, key }: IdempotencyRef): string {
  return `${account}#idempotency#${productId}#${callerHash}#${hash(key)}`;
}

// A claim that never reached `sending` may be taken over after its deadline, whatever body it was for: nothing was
// sent, and `startSending` finds it gone if its owner ever wakes.
// | what stands there          | claim (isFree) | startSending (isUnsent) | markUnknown (isSending) | complete, release (isOurs) |
// | nothing                    | written        | refused                 | refused                 | refused                    |
// | expired, not yet deleted   | written        | refused                 | refused                 | refused unless ours        |
// | ours, claimed              | refused        | written                 | refused                 | written                    |
// | ours, sending              | refused        | written                 | written                 | written                    |
// | ours, unknown or completed | refused        | refused                 | refused                 | written                    |
// | another's, claimed, overdue| written        | refused                 | refused                 | refused                    |
// | another's, anything else   | refused        | refused                 | refused                 | refused                    |
const isFree = (nowMs: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR expiresAt <= :nowS OR (#state = :claimed AND deadlineMs <= :nowMs)',
  names: { '#state': 'state' },
  values: { ':nowS': { N: String(Math.floor(nowMs / 1000)) }, ':nowMs': { N: String(nowMs) }, ':claimed': { S: 'claimed' } },
});
const isOurs = ({ owner }: Claim): Condition => ownedBy(owner);

const isOursIn = ({ owner }: Claim, states: readonly IdempotencyRecord['state'][]): Condition => ({
  expression: `#owner = :owner AND #state IN (${states.map((state) => `:${state}`).join(', ')})`,
  names: { '#owner': 'owner', '#state': 'state' },
  values: { ':owner': { S: owner }, ...Object.fromEntries(states.map((state) => [`:${state}`, { S: state }])) },
});
// `sending` too: the caller retries a write whose answer was lost.
const isUnsent = (claim: Claim): Condition => isOursIn(claim, ['claimed', 'sending']);
const isSending = (claim: Claim): Condition => isOursIn(claim, ['sending']);

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
    const item = await table.get(recordKey(account, ref), RECORD);
    if (item === undefined) return undefined;
    const record = recordItem.parse(item);
    return record.expiresAt > nowS() ? record : undefined;
  };

  return {
    claim: async (ref, claim) => {
      const item = toItem(ref, claim, 'claimed', deadlineOf(claim));
      for (let round = 1; round <= CLAIM_ROUNDS; round += 1) {
        if (await isAccepted(table.put(item, isFree(clock.now())))) return undefined;
        const record = await read(ref);
        // The caller retries a write whose answer was lost; then the record that refuses it is our own.
        if (record?.owner === claim.owner) return undefined;
        if (record !== undefined) return toRecord(record);
      }
      throw new Error('the key is claimed and freed too fast');
    },
    startSending: (ref, claim) => table.put(toItem(ref, claim, 'sending', deadlineOf(claim)), isUnsent(claim)),
    complete: (ref, claim, task) =>
      table.put(
        toItem(ref, claim, 'completed', {
          taskId: { S: task.taskId },
          totalDevices: { N: String(task.totalDevices) },
          taskCreatedAt: { N: String(task.createdAtS) },
          taskExpiresAt: { N: String(task.expiresAtS) },
        }),
        isOurs(claim),
      ),
    // If these are refused there is nothing left to do: the first of two attempts may have done it.
    markUnknown: async (ref, claim) => void (await isAccepted(table.put(toItem(ref, claim, 'unknown', {}), isSending(claim)))),
    release: async (ref, claim) => void (await isAccepted(table.remove(recordKey(account, ref), RECORD, isOurs(claim)))),
  };
}
