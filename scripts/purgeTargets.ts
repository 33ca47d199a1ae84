import {
  paginateQuery,
  paginateScan,
  type AttributeValue,
  type DynamoDBClient,
  type QueryCommandOutput,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { BatchRef } from '../lib/deviceBatches/batch.ts';
import { partState } from '../lib/deviceBatches/part.ts';
import type { TaskRef } from '../lib/deviceTasks/device.ts';
import { batchKey, creationKey, listKey, openBatchesKey, taskKey, type ItemKey, type ListKind } from '../lib/store/keys.ts';

/** What is to be removed: a task, a batch, or everything of a product. */
export type PurgeTarget = TaskRef | BatchRef | { readonly productId: string };

/** Where it is looked for. */
export interface PurgePlace {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** The vendor's account. */
  readonly account: string;
}

type Row = Record<string, AttributeValue>;

const keyOf = ({ pk, sk }: Row): ItemKey[] => (pk?.S === undefined || sk?.S === undefined ? [] : [{ pk: pk.S, sk: sk.S }]);

async function collect(pages: AsyncIterable<QueryCommandOutput | ScanCommandOutput>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { Items = [] } of pages) rows.push(...Items);
  return rows;
}

function readPartition({ client, table }: PurgePlace, pk: string): Promise<Row[]> {
  const names = { '#state': 'state' };
  const values = { ':pk': { S: pk } };
  const query = { TableName: table, KeyConditionExpression: 'pk = :pk', ExpressionAttributeNames: names, ExpressionAttributeValues: values, ConsistentRead: true };
  return collect(paginateQuery({ client: client }, { ...query, ProjectionExpression: 'pk, sk, #state, batchId' }));
}

const listPartition = async (place: PurgePlace, pk: string) => (await readPartition(place, pk)).flatMap(keyOf);

/** Its entry in a list, whose time nobody needs to know. */
async function findEntry(place: PurgePlace, kind: ListKind, productId: string, id: string): Promise<ItemKey[]> {
  const keys = await listPartition(place, listKey({ account: place.account, kind, productId }));
  return keys.filter(({ sk }) => sk.endsWith(`#${id}`));
}

/** Its results and lease, and what was noted of its creation. */
async function findResults(place: PurgePlace, ref: TaskRef): Promise<ItemKey[]> {
  const partitions = [taskKey(place.account, ref), creationKey(place.account, ref).pk].map((pk) => listPartition(place, pk));
  return (await Promise.all(partitions)).flat();
}

async function findTask(place: PurgePlace, ref: TaskRef): Promise<ItemKey[]> {
  return [...(await findResults(place, ref)), ...(await findEntry(place, 'device-tasks', ref.productId, ref.taskId))];
}

function taskIdsOf({ state }: Row): string[] {
  if (state?.S?.startsWith('{') !== true) return [];
  const parsed = partState.safeParse(JSON.parse(state.S));
  return parsed.success && 'taskId' in parsed.data && parsed.data.taskId !== undefined ? [parsed.data.taskId] : [];
}

/** Header and parts, its slot or the note that it is untold, its entry in the list, and the tasks its parts were sent as. @param taskIds those that are known; found ones are added */
async function findBatch(place: PurgePlace, ref: BatchRef, taskIds: Set<string>): Promise<ItemKey[]> {
  const { productId, batchId } = ref;
  const rows = await readPartition(place, batchKey(place.account, ref));
  for (const taskId of rows.flatMap(taskIdsOf)) taskIds.add(taskId);
  const open = (await readPartition(place, openBatchesKey(place.account))).filter((row) => row['batchId']?.S === batchId);
  const keys = [...[...rows, ...open].flatMap(keyOf), ...(await findEntry(place, 'device-batches', productId, batchId))];
  for (const taskId of taskIds) keys.push(...(await findResults(place, { productId, taskId })));
  return keys;
}

/**
 * Everything whose key names the product: the third part of each partition's name, whatever its kind, and the second part
 * of sort keys among the open batches. But for the uses of idempotency keys of tasks: they hold no names, are gone in a
 * day, and without them a retry would create devices twice.
 */
async function findProduct({ client, table, account }: PurgePlace, productId: string): Promise<ItemKey[]> {
  const scan = {
    TableName: table,
    FilterExpression: 'begins_with(pk, :account)',
    ExpressionAttributeValues: { ':account': { S: `${account}#` } },
    ProjectionExpression: 'pk, sk',
    ConsistentRead: true,
  };
  const keys = (await collect(paginateScan({ client }, scan))).flatMap(keyOf);
  return keys.filter(({ pk, sk }) => {
    const [, kind, product] = pk.split('#');
    const owner = pk === openBatchesKey(account) ? sk.split('#')[1] : product;
    return owner === productId && kind !== 'idempotency';
  });
}

/** @returns what finds the rows that are there now; the tasks of a batch are remembered once its parts are gone */
export function createRowFinder(place: PurgePlace, target: PurgeTarget): () => Promise<ItemKey[]> {
  const taskIds = new Set<string>();
  if ('taskId' in target) return () => findTask(place, target);
  if ('batchId' in target) return () => findBatch(place, target, taskIds);
  return () => findProduct(place, target.productId);
}
