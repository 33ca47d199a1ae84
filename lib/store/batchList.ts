import type { Clock } from '../clock.ts';
import type { BatchStore, ReadBatchList } from '../deviceBatches/storePorts.ts';
import { readList } from './lists.ts';
import type { TableClient } from './tableClient.ts';

export interface BatchListDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
  readonly batches: Pick<BatchStore, 'readBatch'>;
}

/** The batches of a product: a Query of the list, then one of each batch. Those that were not accepted are left out. */
export function createReadBatchList({ table, account, clock, batches }: BatchListDeps): ReadBatchList {
  return async (productId, query) => {
    const page = await readList(table, { account, kind: 'device-batches', productId }, query, Math.floor(clock.now() / 1000));
    if (page === undefined) return undefined;
    const { entries, ...rest } = page;
    const found = await Promise.all(entries.map(({ id: batchId }) => batches.readBatch({ productId, batchId })));
    return { batches: found.filter((batch) => batch !== undefined), ...rest };
  };
}
