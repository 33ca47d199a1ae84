import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { BatchWriteItemCommand, DeleteItemCommand, DynamoDBClient, paginateQuery, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { HEADER, taskKey } from '../lib/store/keys.ts';
import { readStoreConfig } from '../lib/config.ts';
import type { Environment } from '../lib/environment.ts';
import type { TaskRef } from '../lib/deviceTasks/device.ts';
import { identifier } from '../lib/deviceTasks/resources.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { runScript, UsageError } from './stages.ts';

const BATCH = 25;
const ROUNDS = 5;
const PAUSE_MS = 200;

async function listSortKeys(client: DynamoDBClient, table: string, pk: string): Promise<string[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
      ProjectionExpression: 'sk',
      ConsistentRead: true,
    },
  );
  const sortKeys: string[] = [];
  for await (const page of pages) sortKeys.push(...(page.Items ?? []).flatMap(({ sk }) => sk?.S ?? []));
  return sortKeys;
}

/** What DynamoDB leaves unprocessed is found again by the next round's listing. */
async function removeRows(client: DynamoDBClient, table: string, pk: string, sortKeys: readonly string[]): Promise<void> {
  for (let start = 0; start < sortKeys.length; start += BATCH) {
    const requests = sortKeys.slice(start, start + BATCH).map((sk) => ({ DeleteRequest: { Key: { pk: { S: pk }, sk: { S: sk } } } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}

/**
 * Removes every row of a task, its header first: without one nothing of it is served, however far this comes.
 * A request that reads the task meanwhile may store it anew; that is removed too, for a few rounds.
 * @returns how many rows there were @throws if rows are still there at the end
 */
export async function purgeTask(client: DynamoDBClient, table: string, account: string, ref: TaskRef): Promise<number> {
  const pk = taskKey(account, ref);
  const removed = new Set<string>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    const sortKeys = await listSortKeys(client, table, pk);
    if (sortKeys.length === 0) return removed.size;
    if (round > 1) await sleep(PAUSE_MS);
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: HEADER } } }));
    await removeRows(client, table, pk, sortKeys.filter((sk) => sk !== HEADER));
    for (const sk of sortKeys) removed.add(sk);
  }
  if ((await listSortKeys(client, table, pk)).length === 0) return removed.size;
  throw new UsageError(`rows of task ${ref.taskId} keep coming back; is somebody reading it? Run this again`);
}

function requireIdentifier(option: string, value: string | undefined): string {
  const parsed = identifier.safeParse(value);
  if (!parsed.success) throw new UsageError(`--${option} must be 1 to 64 of A-Z a-z 0-9 _ -`);
  return parsed.data;
}

function readTaskRef(args: readonly string[]): TaskRef {
  const { product, task } = parseOptions(args);
  return { productId: requireIdentifier('product', product), taskId: requireIdentifier('task', task) };
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
  const ref = readTaskRef(args);
  const { upstream, emulator, taskTable } = readStoreConfig(env);
  const { account } = upstream;
  const client = emulator === undefined ? new DynamoDBClient({}) : createSdkClient(emulator);
  const count = await purgeTask(client, taskTable, account, ref)
    .catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) throw new UsageError(`TASK_TABLE: there is no table ${taskTable} here`);
      throw error;
    })
    .finally(() => client.destroy());
  const place = `${taskTable} (${account})`;
  const task = `task ${ref.taskId} of product ${ref.productId}`;
  if (count === 0) return `Nothing of ${task} stands in ${place}: nothing was removed. Are table and account the stage's?`;
  return `${count} rows of ${task} removed from ${place}.`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await runScript(async () => console.log(await purge(process.argv.slice(2), process.env)));
