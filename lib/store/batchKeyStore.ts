import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { BatchKeyRef, BatchKeys } from '../deviceBatches/storePorts.ts';
import { batchKeyKey } from './keys.ts';
import { isLive, numberAttribute, textAttribute, versionAttribute } from './storedItems.ts';
import { isAccepted, type Condition, type TableClient } from './tableClient.ts';

export interface BatchKeyStoreDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
}

const CLAIM_VERSION = 1;

const claimItem = z.object({
  v: versionAttribute(CLAIM_VERSION),
  batchId: textAttribute,
  bodyHash: textAttribute,
  deadlineMs: numberAttribute,
  expiresAt: numberAttribute,
});

const holds = (batchIds: readonly string[], nowS: number): Condition => ({
  expression: `attribute_not_exists(pk) OR expiresAt <= :nowS OR batchId IN (${batchIds.map((_, index) => `:id${index}`).join(', ')})`,
  values: { ':nowS': { N: String(nowS) }, ...Object.fromEntries(batchIds.map((batchId, index) => [`:id${index}`, { S: batchId }])) },
});

/** Keys of batches in the table, one item a key, as long as the batch lives. */
export function createBatchKeyStore({ table, account, clock }: BatchKeyStoreDeps): BatchKeys {
  const nowS = () => Math.floor(clock.now() / 1000);
  // Hashed: a client may put anything into a key.
  const keyOf = ({ productId, callerHash = 'retry', key }: BatchKeyRef) =>
    batchKeyKey(account, productId, callerHash, createHash('sha256').update(key).digest('base64url'));

  return {
    claim: (ref, claim, former) => {
      const { pk, sk } = keyOf(ref);
      const item = {
        pk: { S: pk },
        sk: { S: sk },
        v: { N: String(CLAIM_VERSION) },
        batchId: { S: claim.batchId },
        bodyHash: { S: claim.bodyHash },
        deadlineMs: { N: String(claim.deadlineMs) },
        expiresAt: { N: String(claim.expiresAtS) },
      };
      // Its own too: the caller retries a write whose answer was lost.
      return isAccepted(table.put(item, holds([claim.batchId, ...(former === undefined ? [] : [former.batchId])], nowS())));
    },
    read: async (ref) => {
      const { pk, sk } = keyOf(ref);
      const item = await table.get(pk, sk);
      if (item === undefined) return undefined;
      const claim = claimItem.parse(item);
      const { batchId, bodyHash, deadlineMs, expiresAt } = claim;
      return isLive(claim, nowS()) ? { batchId, bodyHash, deadlineMs, expiresAtS: expiresAt } : undefined;
    },
    release: async (ref, batchId) => {
      const { pk, sk } = keyOf(ref);
      const isOwn: Condition = { expression: 'batchId = :batchId', values: { ':batchId': { S: batchId } } };
      await isAccepted(table.remove(pk, sk, isOwn));
    },
  };
}
