import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  paginateQuery,
  paginateScan,
  ResourceNotFoundException,
  type QueryCommandOutput,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { creationKey, HEADER, listKey, taskKey, type ItemKey } from '../lib/store/keys.ts';
import { readStoreConfig } from '../lib/config.ts';
import type { Environment } from '../lib/environment.ts';
import type { TaskRef } from '../lib/deviceTasks/device.ts';
import { identifier } from '../lib/deviceTasks/resources.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { runScript, UsageError } from './stages.ts';

const BATCH = 25;
const ROUNDS = 5;
const PAUSE_MS = 200;

/** What is to be removed: a task, or everything of a product. */
export type PurgeTarget = TaskRef | { readonly productId: string };

const toKey = ({ pk, sk }: ItemKey) => ({ pk: { S: pk }, sk: { S: sk } });

async function collectKeys(pages: AsyncIterable<QueryCommandOutput | ScanCommandOutput>): Promise<ItemKey[]> {
  const keys: ItemKey[] = [];
  for await (const { Items = [] } of pages) keys.push(...Items.flatMap(({ pk, sk }) => (pk?.S === undefined || sk?.S === undefined ? [] : [{ pk: pk.S, sk: sk.S }])));
  return keys;
}

function listPartition(client: DynamoDBClient, table: string, pk: string): Promise<ItemKey[]> {
  const values = { ':pk': { S: pk } };
  const query = { TableName: table, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: values, ProjectionExpression: 'pk, sk', ConsistentRead: true };
  return collectKeys(paginateQuery({ client }, query));
}

/** Its results and lease, what was noted of its creation, and its entry in the list, whose time nobody needs to know. */
async function listTask(client: DynamoDBClient, table: string, account: string, ref: TaskRef): Promise<ItemKey[]> {
  const list = listKey({ account, kind: 'device-tasks', productId: ref.productId });
  const partitions = [taskKey(account, ref), creationKey(account, ref).pk, list].map((pk) => listPartition(client, table, pk));
  return (await Promise.all(partitions)).flat().filter(({ pk, sk }) => pk !== list || sk.endsWith(`#${ref.taskId}`));
}

/**
 * Everything whose key names the product: the third part of each partition's name, whatever its kind. But for the uses of
 * idempotency keys: they hold no names, are gone in a day, and without them a retry would create devices twice.
 */
async function listProduct(client: DynamoDBClient, table: string, account: string, productId: string): Promise<ItemKey[]> {
  const scan = {
    TableName: table,
    FilterExpression: 'begins_with(pk, :account)',
    ExpressionAttributeValues: { ':account': { S: `${account}#` } },
    ProjectionExpression: 'pk, sk',
    ConsistentRead: true,
  };
  const keys = await collectKeys(paginateScan({ client }, scan));
  return keys.filter(({ pk }) => {
    const [, kind, product] = pk.split('#');
    return product === productId && kind !== 'idempotency';
  });
}

/** Headers first: without one nothing of a task is served. What DynamoDB leaves unprocessed the next round finds again. */
async function removeRows(client: DynamoDBClient, table: string, keys: readonly ItemKey[]): Promise<void> {
  const [headers, others] = [keys.filter(({ sk }) => sk === HEADER), keys.filter(({ sk }) => sk !== HEADER)];
  for (const header of headers) await client.send(new DeleteItemCommand({ TableName: table, Key: toKey(header) }));
  for (let start = 0; start < others.length; start += BATCH) {
    const requests = others.slice(start, start + BATCH).map((key) => ({ DeleteRequest: { Key: toKey(key) } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}

/**
 * Removes every row of a task or a product. A request that reads a task meanwhile may store it anew; that is removed
 * too, for a few rounds. @returns how many rows there were @throws if rows are still there at the end
 */
export async function purgeRows(client: DynamoDBClient, table: string, account: string, target: PurgeTarget): Promise<number> {
  const list = () => ('taskId' in target ? listTask(client, table, account, target) : listProduct(client, table, account, target.productId));
  const removed = new Set<string>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    const keys = await list();
    if (keys.length === 0) return removed.size;
    if (round > 1) await sleep(PAUSE_MS);
    await removeRows(client, table, keys);
    for (const { pk, sk } of keys) removed.add(`${pk} ${sk}`);
  }
  if ((await list()).length === 0) return removed.size;
  throw new UsageError(`rows of ${nameOf(target)} keep coming back; is somebody reading it? Run this again`);
}

const nameOf = (target: PurgeTarget) => ('taskId' in target ? `task ${target.taskId} of product ${target.productId}` : `product ${target.productId}`);

function requireIdentifier(option: string, value: string | undefined): string {
  const parsed = identifier.safeParse(value);
  if (!parsed.success) throw new UsageError(`--${option} must be 1 to 64 of A-Z a-z 0-9 _ -`);
  return parsed.data;
}

function readTarget(args: readonly string[]): PurgeTarget {
  const { product, task } = parseOptions(args);
  const productId = requireIdentifier('product', product);
  return task === undefined ? { productId } : { productId, taskId: requireIdentifier('task', task) };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { product: { type: 'string' }, task: { type: 'string' } } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @param args of the command line @param env as the functions have it @returns what was done, in one line */
export async function purge(args: readonly string[], env: Environment): Promise<string> {
  const target = readTarget(args);
  const { upstream, emulator, taskTable } = readStoreConfig(env);
  const { account } = upstream;
  const client = emulator === undefined ? new DynamoDBClient({}) : createSdkClient(emulator);
  const count = await purgeRows(client, taskTable, account, target)
    .catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) throw new UsageError(`TASK_TABLE: there is no table ${taskTable} here`);
      throw error;
    })
    .finally(() => client.destroy());
  const place = `${taskTable} (${account})`;
  const name = nameOf(target);
  if (count === 0) return `Nothing of ${name} stands in ${place}: nothing was removed. Are table and account the stage's?`;
  return `${count} rows of ${name} removed from ${place}.`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await runScript(async () => console.log(await purge(process.argv.slice(2), process.env)));
