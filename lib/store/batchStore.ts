import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { countParts, madeAtMs, type Batch, type BatchPart, type BatchRef } from '../deviceBatches/batch.ts';
import type { BatchStore } from '../deviceBatches/storePorts.ts';
import { parseBatchHeader, parsePart, toAbandonedItem, toAcceptedItem, toPartItem, toStateAttributes } from './batchItems.ts';
import { batchKey, HEADER, listKey, PART_PREFIX, partKey, type ListRef } from './keys.ts';
import { sortKeyOf, toListItem } from './lists.ts';
import { createOpenBatches } from './openBatches.ts';
import { readPartition, removePartition } from './partitions.ts';
import { isAccepted, type Condition, type TableClient } from './tableClient.ts';

export interface BatchStoreDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
}

const WRITE_TIME_MS = 4000;
// As long as anybody could still try to write the header that it bars.
const ABANDONED_S = 24 * 60 * 60;

// Its own write counts too: the caller retries a write whose answer was lost.
const isAcceptable: Condition = {
  expression: 'attribute_not_exists(pk) OR #state = :accepted',
  names: { '#state': 'state' },
  values: { ':accepted': { S: 'accepted' } },
};
const isAbandonable: Condition = { ...isAcceptable, values: { ':accepted': { S: 'abandoned' } } };
const hasRevision = (read: string, written: string): Condition => ({
  expression: 'revision = :read OR revision = :written',
  values: { ':read': { S: read }, ':written': { S: written } },
});

/** Batches in the table of `docs/store.md`: an item a batch and an item a part, every write of one conditional. */
export function createBatchStore(deps: BatchStoreDeps): BatchStore {
  const { table, account, clock } = deps;
  const nowS = () => Math.floor(clock.now() / 1000);

  const listOf = ({ productId }: BatchRef): ListRef => ({ account, kind: 'device-batches', productId });
  const placeOf = (ref: BatchRef) => ({ id: ref.batchId, createdAtMs: madeAtMs(ref) });
  /** Its entry in the list of its product, which shows it once its header stands. */
  const listItems = (ref: BatchRef, parts: readonly BatchPart[]) => {
    const totalDevices = parts.reduce((count, { deviceNames }) => count + deviceNames.length, 0);
    return parts.slice(0, 1).map(({ expiresAtS }) => toListItem(listOf(ref), { ...placeOf(ref), expiresAtS, totalDevices }));
  };

  const readBatch = async (ref: BatchRef): Promise<Batch | undefined> => {
    const items = await readPartition(table, batchKey(account, ref), HEADER);
    const found = parseBatchHeader(items.find((item) => item['sk']?.S === HEADER), nowS());
    if (found.kind !== 'accepted') return undefined;
    const { header } = found;
    const parts = items.filter((item) => item['sk']?.S?.startsWith(PART_PREFIX)).flatMap((item) => parsePart(item, nowS()) ?? []);
    if (parts.length !== countParts(header)) throw new Error('a part of the batch is missing');
    return { ref, header, parts };
  };

  return {
    ...createOpenBatches(deps),
    putParts: (ref, parts) =>
      table.putMany([...parts.map((part) => toPartItem(account, ref, part)), ...listItems(ref, parts)], clock.now() + WRITE_TIME_MS),
    removeParts: async (ref) => {
      await removePartition(table, batchKey(account, ref), PART_PREFIX);
      await table.remove(listKey(listOf(ref)), sortKeyOf(placeOf(ref)));
    },
    accept: (ref, header) => isAccepted(table.put(toAcceptedItem(account, ref, header), isAcceptable)),
    abandon: (ref) => isAccepted(table.put(toAbandonedItem(account, ref, nowS() + ABANDONED_S), isAbandonable)),
    readHeader: async (ref) => parseBatchHeader(await table.get(batchKey(account, ref), HEADER), nowS()),
    readBatch,
    readPart: async (ref, number) => {
      const item = await table.get(batchKey(account, ref), partKey(number));
      return item === undefined ? undefined : parsePart(item, nowS());
    },
    writePart: (ref, part, next) => {
      const revision = randomUUID();
      const key = { pk: batchKey(account, ref), sk: partKey(part.number) };
      return isAccepted(table.update(key, toStateAttributes(next, revision), hasRevision(part.revision, revision)));
    },
  };
}
