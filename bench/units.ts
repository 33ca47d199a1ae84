import type { CallDynamoDb, Item } from '../lib/cache/dynamoDbApi.ts';
import { createDynamoDbCaller } from '../lib/cache/dynamoDbCaller.ts';
import { createLocalKeyWrapper } from '../lib/cache/keyWrapper.ts';
import { createResultStore } from '../lib/cache/resultStore.ts';
import { createTableClient } from '../lib/cache/tableClient.ts';
import { systemClock } from '../lib/clock.ts';
import { emulatorPlace } from '../lib/config.ts';
import { createSecret } from '../lib/secret.ts';
import { TABLE, type Servers } from './servers.ts';
import { productOf, tenantOf } from './warm.ts';
import { pageOf } from '../test/support/pageOf.ts';

export interface PageUnits {
  readonly page: string;
  readonly readUnits: number;
  readonly kilobytes: number;
  /** Of `kilobytes`, in rows of secrets. */
  readonly secretKilobytes: number;
  readonly requests: number;
}

export interface WriteUnits {
  readonly task: string;
  readonly writeUnits: number;
  readonly requests: number;
}

/** What the table tells of an answer when it is asked. */
interface Told {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number } | readonly { readonly CapacityUnits?: number }[];
  readonly Items?: readonly Item[];
  readonly Item?: Item;
}

/** The service's own store, each of its requests counted and asked for its units. */
function createCountedStore(servers: Servers) {
  const callDynamoDb = createDynamoDbCaller(emulatorPlace(servers.databaseEndpoint));
  const seen = { units: 0, requests: 0, items: [] as Item[] };
  const counted: CallDynamoDb = async (operation, input) => {
    const output = await callDynamoDb(operation, { ...input, ReturnConsumedCapacity: 'TOTAL' });
    const { ConsumedCapacity = [], Items, Item } = output as Told; // asked for in the line above
    for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat()) seen.units += CapacityUnits;
    seen.requests += 1;
    seen.items.push(...(Items ?? [Item ?? {}]));
    return output;
  };
  const wrapper = createLocalKeyWrapper(createSecret(servers.environment['CREDENTIALS_LOCAL_KEY'] ?? ''));
  const reportFault = (event: string) => {
    throw new Error(event);
  };
  const table = createTableClient(counted, TABLE, systemClock);
  return { seen, store: createResultStore({ table, tenant: tenantOf(servers), wrapper, clock: systemClock, reportFault }) };
}

/** The bytes of the items' values, as DynamoDB counts them but for the attributes' names; in KB. */
function countKilobytes(items: readonly Item[]): number {
  const values = items.flatMap((item) => Object.values(item));
  const bytes = values.reduce((sum, { S, N, B }) => sum + Buffer.byteLength(S ?? N ?? '') + Buffer.byteLength(B ?? '', 'base64'), 0);
  return Math.round(bytes / 1024);
}

/** What one stored page consumes. */
export async function measureReadUnits(servers: Servers, taskId: string, pageSize: number, withSecrets: boolean): Promise<PageUnits> {
  const { seen, store } = createCountedStore(servers);
  const page = await pageOf(store.readPage({ productId: productOf(taskId), taskId }, { page: 1, pageSize }, withSecrets));
  if (page?.devices.length !== pageSize) throw new Error(`${taskId} is not stored`);
  const secretRows = seen.items.filter((item) => item['sk']?.S?.startsWith('secret#'));
  return {
    page: `${pageSize} of ${taskId}${withSecrets ? ' with secrets' : ''}`,
    readUnits: seen.units,
    kilobytes: countKilobytes(seen.items),
    secretKilobytes: countKilobytes(secretRows),
    requests: seen.requests,
  };
}

/** What storing a task consumes: that very task, once more, under another name. */
export async function measureWriteUnits(servers: Servers, taskId: string): Promise<WriteUnits> {
  const { seen, store } = createCountedStore(servers);
  const productId = productOf(taskId);
  const page = await pageOf(store.readPage({ productId, taskId }, { page: 1, pageSize: 100 }, true));
  if (page === undefined) throw new Error(`${taskId} is not stored`);
  const earlier = { ...seen };
  await store.save({ productId, taskId: `${taskId}-copy` }, page.devices);
  return { task: taskId, writeUnits: seen.units - earlier.units, requests: seen.requests - earlier.requests };
}
