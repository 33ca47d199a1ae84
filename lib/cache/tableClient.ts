import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock.ts';
import { limitAttemptTime, limitRequests, retryOnce } from './tableLimits.ts';

/** An item as DynamoDB writes it: attribute name → typed value. */
export type Item = Record<string, AttributeValue>;

/** A write that stands only if the item is as the condition says. */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Item>;
}

/** The few requests this service makes of its one table (`pk`, `sk`). Every method throws what the SDK throws. */
export interface TableClient {
  readonly get: (pk: string, sk: string, consistent: boolean) => Promise<Item | undefined>;
  /** Items from one sort key to another, both included. */
  readonly queryRange: (pk: string, fromSk: string, toSk: string) => Promise<Item[]>;
  /** At most 100 keys; what is missing is missing. */
  readonly getMany: (pk: string, sks: readonly string[]) => Promise<Item[]>;
  readonly put: (item: Item, condition?: Condition) => Promise<void>;
  /** Any number of items; throws unless all of them were written within the time. */
  readonly putMany: (items: readonly Item[], deadlineMs: number) => Promise<void>;
  readonly remove: (pk: string, sk: string, condition?: Condition) => Promise<void>;
}

// A hanging table must cost a request under a second before it goes to the vendor.
const CONNECTION_TIMEOUT_MS = 250;
const REQUEST_TIMEOUT_MS = 400;

// One API call makes no more; what is beyond that are many calls in one process, as offline.
const REQUESTS_AT_ONCE = 4;

const BATCH_WRITE_LIMIT = 25;
const WRITES_AT_ONCE = 4;
const FIRST_PAUSE_MS = 25;

/** Where the table is; an endpoint names an emulator, which takes any keys and any region. */
export interface DynamoDbPlace {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Short time-outs, one retry, connections kept. */
export function createDynamoDbClient(place: DynamoDbPlace): DynamoDBClient {
  const client = new DynamoDBClient({
    ...place,
    retryStrategy: retryOnce,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  limitAttemptTime(client, REQUEST_TIMEOUT_MS);
  limitRequests(client, REQUESTS_AT_ONCE);
  return client;
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}

function conditionInput(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ...(condition.names === undefined ? {} : { ExpressionAttributeNames: condition.names }),
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: condition.values }),
  };
}

/** Whether a conditional write was refused, rather than failed. */
export function isConditionRefused(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

type Send = Pick<DynamoDBClient, 'send'>;

/** Writes up to 25 items; what comes back unprocessed is sent again, with pauses, until the deadline. */
async function putBatch(client: Send, table: string, items: readonly Item[], clock: Clock, deadlineMs: number) {
  let requests = items.map((item) => ({ PutRequest: { Item: item } }));
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const output = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    const left = output.UnprocessedItems?.[table] ?? [];
    if (left.length === 0) return;
    if (clock.now() + pauseMs > deadlineMs) throw new Error(`${left.length} items not written in time`);
    await clock.sleep(pauseMs);
    requests = left.flatMap(({ PutRequest }) => (PutRequest?.Item ? [{ PutRequest: { Item: PutRequest.Item } }] : []));
  }
}

const MAX_GET_ROUNDS = 3;

/** Reads up to 100 items; keys that come back unprocessed are asked for again, with pauses, a few times. */
async function getBatch(client: Send, table: string, keys: readonly Item[], clock: Clock): Promise<Item[]> {
  const items: Item[] = [];
  let left: readonly Item[] = keys;
  for (let round = 1; ; round += 1) {
    const output = await client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [...left] } } }));
    items.push(...(output.Responses?.[table] ?? []));
    left = output.UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length === 0) return items;
    if (round === MAX_GET_ROUNDS) throw new Error(`${left.length} items not read in time`);
    await clock.sleep(FIRST_PAUSE_MS * 2 ** round);
  }
}

async function queryAll(client: Send, input: ConstructorParameters<typeof QueryCommand>[0]): Promise<Item[]> {
  const items: Item[] = [];
  let startKey: Item | undefined;
  do {
    const output = await client.send(new QueryCommand({ ...input, ExclusiveStartKey: startKey }));
    items.push(...(output.Items ?? []));
    startKey = output.LastEvaluatedKey;
  } while (startKey !== undefined);
  return items;
}

export function createTableClient(client: Send, table: string, clock: Clock): TableClient {
  const keyOf = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });
  return {
    get: async (pk, sk, consistent) =>
      (await client.send(new GetItemCommand({ TableName: table, Key: keyOf(pk, sk), ConsistentRead: consistent }))).Item,
    queryRange: (pk, fromSk, toSk) =>
      queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: fromSk }, ':to': { S: toSk } },
      }),
    getMany: (pk, sks) => getBatch(client, table, sks.map((sk) => keyOf(pk, sk)), clock),
    put: async (item, condition) => {
      await client.send(new PutItemCommand({ TableName: table, Item: item, ...conditionInput(condition) }));
    },
    putMany: async (items, deadlineMs) => {
      const batches = chunk(items, BATCH_WRITE_LIMIT);
      for (const group of chunk(batches, WRITES_AT_ONCE)) {
        if (clock.now() > deadlineMs) throw new Error('items not written in time');
        await Promise.all(group.map((batch) => putBatch(client, table, batch, clock, deadlineMs)));
      }
    },
    remove: async (pk, sk, condition) => {
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(pk, sk), ...conditionInput(condition) }));
    },
  };
}
