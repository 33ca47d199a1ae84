import type { Item } from './dynamoDbApi.ts';
import type { TableClient } from './tableClient.ts';

// An answer of DynamoDB's ends at 1 MB whatever the limit.
const NO_LIMIT = 1000;

/** All items of a partition from this sort key on, in as many requests as they need; strongly consistent, in their order. */
export async function readPartition(table: TableClient, pk: string, from: string): Promise<Item[]> {
  const found: Item[] = [];
  let after: string | undefined;
  do {
    const { items, last } = await table.query({ pk, from, after, limit: NO_LIMIT });
    found.push(...items);
    after = last;
  } while (after !== undefined);
  return found.toReversed();
}

/** Removes all items of a partition from this sort key on. */
export async function removePartition(table: TableClient, pk: string, from: string): Promise<void> {
  const items = await readPartition(table, pk, from);
  await Promise.all(items.map((item) => table.remove(pk, item['sk']?.S ?? '')));
}
