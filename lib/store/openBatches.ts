import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import { MAX_OPEN_BATCHES, type BatchRef } from '../deviceBatches/batch.ts';
import type { BatchStore, Slot } from '../deviceBatches/storePorts.ts';
import type { Item } from './dynamoDbApi.ts';
import { openBatchesKey, slotPrefix, UNTOLD_PREFIX, untoldKey } from './keys.ts';
import { isLive, numberAttribute, textAttribute } from './storedItems.ts';
import { readPartition } from './partitions.ts';
import { isAccepted, type Condition, type TableClient } from './tableClient.ts';

export interface OpenBatchesDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
}

// The first of the partition's sort keys.
const SLOT_PREFIX = 'slot#';
const MAX_LIFE_S = 31 * 24 * 60 * 60;

const openItem = z.object({ sk: textAttribute, productId: textAttribute, batchId: textAttribute, expiresAt: numberAttribute });

const holds = ({ batchId }: BatchRef): Condition => ({ expression: 'batchId = :batchId', values: { ':batchId': { S: batchId } } });
const isFree = (ref: BatchRef, nowS: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR expiresAt <= :nowS OR batchId = :batchId',
  values: { ':nowS': { N: String(nowS) }, ...holds(ref).values },
});

const numberOf = (sk: string) => Number(sk.slice(sk.lastIndexOf('#') + 1));

/** The batches that have to be looked after, in one partition: a numbered slot for each that is open, a note for each that is untold. */
export function createOpenBatches({ table, account, clock }: OpenBatchesDeps): Pick<
  BatchStore,
  'takeSlot' | 'freeSlot' | 'readOpen' | 'noteUntold' | 'isUntold' | 'forgetUntold'
> {
  const pk = openBatchesKey(account);
  const nowS = () => Math.floor(clock.now() / 1000);
  const toItem = (sk: string, { productId, batchId }: BatchRef, expiresAtS: number): Item => ({
    pk: { S: pk },
    sk: { S: sk },
    productId: { S: productId },
    batchId: { S: batchId },
    expiresAt: { N: String(expiresAtS) },
  });

  const readFrom = async (sortKey: string) => {
    const items = await readPartition(table, pk, sortKey);
    return items.map((item) => openItem.parse(item)).filter((item) => isLive(item, nowS()));
  };

  const takeSlot = async (ref: BatchRef): Promise<Slot | undefined> => {
    const prefix = slotPrefix(ref.productId);
    const taken = new Set((await readFrom(prefix)).filter(({ sk }) => sk.startsWith(prefix)).map(({ sk }) => numberOf(sk)));
    for (let slot = 0; slot < MAX_OPEN_BATCHES; slot += 1) {
      if (taken.has(slot)) continue;
      const item = toItem(`${prefix}${slot}`, ref, nowS() + MAX_LIFE_S);
      if (await isAccepted(table.put(item, isFree(ref, nowS())))) return { ref, slot };
    }
    return undefined;
  };

  return {
    takeSlot,
    freeSlot: async ({ ref, slot }) => void (await isAccepted(table.remove(pk, `${slotPrefix(ref.productId)}${slot}`, holds(ref)))),
    readOpen: async () => {
      const items = (await readFrom(SLOT_PREFIX)).map(({ sk, productId, batchId }) => ({ sk, ref: { productId, batchId } }));
      const slots = items.filter(({ sk }) => sk.startsWith(SLOT_PREFIX)).map(({ sk, ref }) => ({ ref, slot: numberOf(sk) }));
      return { slots, untold: items.filter(({ sk }) => sk.startsWith(UNTOLD_PREFIX)).map(({ ref }) => ref) };
    },
    noteUntold: (ref, expiresAtS) => table.put(toItem(untoldKey(ref), ref, expiresAtS)),
    isUntold: async (ref) => (await table.get(pk, untoldKey(ref))) !== undefined,
    forgetUntold: (ref) => table.remove(pk, untoldKey(ref)),
  };
}
