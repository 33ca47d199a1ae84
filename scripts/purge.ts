import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { BatchWriteItemCommand, DeleteItemCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { HEADER, type ItemKey } from '../lib/store/keys.ts';
import { readStoreConfig } from '../lib/config.ts';
import type { Environment } from '../lib/environment.ts';
import { batchIdentifier } from '../lib/deviceBatches/resources.ts';
import { identifier } from '../lib/deviceTasks/resources.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { createRowFinder, type PurgeTarget } from './purgeTargets.ts';
import { runScript, UsageError } from './stages.ts';

const BATCH = 25;
const ROUNDS = 5;
const PAUSE_MS = 200;

const toKey = ({ pk, sk }: ItemKey) => ({ pk: { S: pk }, sk: { S: sk } });

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
 * Removes every row of a task, a batch or a product. A request that reads a task meanwhile may store it anew; that is removed
 * too, for a few rounds. @returns how many rows there were @throws if rows are still there at the end
 */
export async function purgeRows(client: DynamoDBClient, table: string, account: string, target: PurgeTarget): Promise<number> {
  const list = createRowFinder({ client, table, account }, target);
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

function nameOf(target: PurgeTarget): string {
  if ('taskId' in target) return `task ${target.taskId} of product ${target.productId}`;
  return 'batchId' in target ? `batch ${target.batchId} of product ${target.productId}` : `product ${target.productId}`;
}

function requireIdentifier(option: string, value: string | undefined): string {
  const parsed = identifier.safeParse(value);
  if (!parsed.success) throw new UsageError(`--${option} must be 1 to 64 of A-Z a-z 0-9 _ -`);
  return parsed.data;
}

function readTarget(args: readonly string[]): PurgeTarget {
  const { product, task, batch } = parseOptions(args);
  const productId = requireIdentifier('product', product);
  if (task !== undefined && batch !== undefined) throw new UsageError('--task and --batch are two different things; give one');
  if (task !== undefined) return { productId, taskId: requireIdentifier('task', task) };
  if (batch === undefined) return { productId };
  const parsed = batchIdentifier.safeParse(batch);
  if (!parsed.success) throw new UsageError('--batch must be a UUID of version 7 in lower case');
  return { productId, batchId: parsed.data };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { product: { type: 'string' }, task: { type: 'string' }, batch: { type: 'string' } } }).values;
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
