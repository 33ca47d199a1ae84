import type { Clock } from '../clock.ts';
import { DynamoDbError, type CallDynamoDb, type Item, type PutRequest } from './dynamoDbApi.ts';
import type { ItemKey } from './keys.ts';

/** A write is accepted only if the item there is as the condition says. */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Item>;
}

/** Part of a partition, the largest sort key first. */
export interface PartitionQuery {
  readonly pk: string;
  /** The smallest sort key. */
  readonly from: string;
  /** Sort keys below this one alone; it is not below `from`. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** The few requests this service makes of its one table (`pk`, `sk`). Every method throws what the call throws. */
export interface TableClient {
  /** Strongly consistent. */
  readonly get: (pk: string, sk: string) => Promise<Item | undefined>;
  /** Eventually consistent; one request for up to 100 keys. What is missing is missing. */
  readonly getMany: (keys: readonly ItemKey[]) => Promise<Item[]>;
  /** Strongly consistent; one request. @returns `last`: the sort key to go on after, if there may be more */
  readonly query: (query: PartitionQuery) => Promise<{ readonly items: readonly Item[]; readonly last: string | undefined }>;
  /** Sets these attributes of an item that is there; their names may be DynamoDB's reserved words. */
  readonly update: (key: ItemKey, attributes: Item, condition: Condition) => Promise<void>;
  readonly put: (item: Item, condition?: Condition) => Promise<void>;
  /** Any number of items; throws unless all of them were written within the time. */
  readonly putMany: (items: readonly Item[], deadlineMs: number) => Promise<void>;
  readonly remove: (pk: string, sk: string, condition?: Condition) => Promise<void>;
}

const BATCH_WRITE_LIMIT = 25;
const BATCH_GET_LIMIT = 100;
const WRITES_AT_ONCE = 4;
const FIRST_PAUSE_MS = 25;

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

/** That the item there names this owner. */
export const ownedBy = (owner: string): Condition => ({
  expression: '#owner = :owner',
  names: { '#owner': 'owner' },
  values: { ':owner': { S: owner } },
});

/** Whether a conditional write was refused, rather than failed. */
function isConditionRefused(error: unknown): boolean {
  return error instanceof DynamoDbError && error.name === 'ConditionalCheckFailedException';
}

/** @returns whether a conditional write was accepted; a refused condition is an answer, not a fault */
export async function isAccepted(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionRefused(error)) return false;
    throw error;
  }
}

/** Writes up to 25 items; what comes back unprocessed is sent again, with pauses, until the deadline. */
async function putBatch(call: CallDynamoDb, table: string, items: readonly Item[], clock: Clock, deadlineMs: number) {
  let requests: readonly PutRequest[] = items.map((item) => ({ PutRequest: { Item: item } }));
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const output = await call('BatchWriteItem', { RequestItems: { [table]: requests } });
    requests = output.UnprocessedItems?.[table] ?? [];
    if (requests.length === 0) return;
    if (clock.now() + pauseMs > deadlineMs) throw new Error(`${requests.length} items not written in time`);
    await clock.sleep(pauseMs);
  }
}

const MAX_GET_ROUNDS = 3;

/** Reads up to 100 items; keys that come back unprocessed are asked for again, with pauses, a few times. */
async function getBatch(call: CallDynamoDb, table: string, keys: readonly Item[], clock: Clock): Promise<Item[]> {
  const items: Item[] = [];
  let left = keys;
  for (let round = 1; ; round += 1) {
    const output = await call('BatchGetItem', { RequestItems: { [table]: { Keys: left } } });
    items.push(...(output.Responses?.[table] ?? []));
    left = output.UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length === 0) return items;
    if (round === MAX_GET_ROUNDS) throw new Error(`${left.length} items not read in time`);
    await clock.sleep(FIRST_PAUSE_MS * 2 ** round);
  }
}

/** `SET #set0 = :set0, …`, and what the condition refers to beside it. */
function updateInput(attributes: Item, { expression, names, values }: Condition) {
  const entries = Object.entries(attributes);
  return {
    UpdateExpression: `SET ${entries.map((_, index) => `#set${index} = :set${index}`).join(', ')}`,
    ConditionExpression: expression,
    ExpressionAttributeNames: { ...names, ...Object.fromEntries(entries.map(([name], index) => [`#set${index}`, name])) },
    ExpressionAttributeValues: { ...values, ...Object.fromEntries(entries.map(([, value], index) => [`:set${index}`, value])) },
  };
}

export function createTableClient(call: CallDynamoDb, table: string, clock: Clock): TableClient {
  const keyOf = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });
  return {
    get: async (pk, sk) =>
      (await call('GetItem', { TableName: table, Key: keyOf(pk, sk), ConsistentRead: true })).Item,
    getMany: async (keys) => {
      const batches = chunk(keys.map(({ pk, sk }) => keyOf(pk, sk)), BATCH_GET_LIMIT);
      return (await Promise.all(batches.map((batch) => getBatch(call, table, batch, clock)))).flat();
    },
    query: async ({ pk, from, after, limit }) => {
      const { Items: items = [], LastEvaluatedKey: last } = await call('Query', {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk >= :from',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: from } },
        ...(after === undefined ? {} : { ExclusiveStartKey: keyOf(pk, after) }),
        ScanIndexForward: false,
        Limit: limit,
        ConsistentRead: true,
      });
      return { items, last: last?.['sk']?.S };
    },
    update: async ({ pk, sk }, attributes, condition) => {
      await call('UpdateItem', { TableName: table, Key: keyOf(pk, sk), ...updateInput(attributes, condition) });
    },
    put: async (item, condition) => {
      await call('PutItem', { TableName: table, Item: item, ...conditionInput(condition) });
    },
    putMany: async (items, deadlineMs) => {
      const batches = chunk(items, BATCH_WRITE_LIMIT);
      for (const group of chunk(batches, WRITES_AT_ONCE)) {
        if (clock.now() > deadlineMs) throw new Error('items not written in time');
        await Promise.all(group.map((batch) => putBatch(call, table, batch, clock, deadlineMs)));
      }
    },
    remove: async (pk, sk, condition) => {
      await call('DeleteItem', { TableName: table, Key: keyOf(pk, sk), ...conditionInput(condition) });
    },
  };
}
