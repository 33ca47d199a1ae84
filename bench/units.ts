import type { CallDynamoDb, Item, PutRequest } from '../lib/store/dynamoDbApi.ts';
import { createDynamoDbCaller } from '../lib/store/dynamoDbCaller.ts';
import { createLocalKeyWrapper } from '../lib/store/keyWrapper.ts';
import { createResultStore } from '../lib/store/resultStore.ts';
import { createTableClient } from '../lib/store/tableClient.ts';
import { systemClock } from '../lib/clock.ts';
import { emulatorConnection } from '../lib/config.ts';
import type { Device, DeviceStatus } from '../lib/deviceTasks/device.ts';
import { createSecret } from '../lib/secret.ts';
import { TABLE, type Servers } from './servers.ts';
import { round } from './stats.ts';
import { productOf } from './warm.ts';

export interface PageUnits {
  readonly page: string;
  readonly readUnits: number;
  readonly kilobytes: number;
  /** Of `kilobytes`, in chunks of secrets. */
  readonly secretKilobytes: number;
  readonly requests: number;
}

export interface WriteUnits {
  readonly task: string;
  readonly writeUnits: number;
  readonly requests: number;
  readonly kilobytesADevice: number;
}

/** What the table tells of an answer when it is asked. */
interface Told {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number } | readonly { readonly CapacityUnits?: number }[];
  readonly Responses?: Readonly<Record<string, readonly Item[]>>;
}

/** The items a request writes. */
function writtenBy(input: object): Item[] {
  if ('Item' in input) return [input.Item as Item]; // a PutItem
  const tables = Object.values('RequestItems' in input ? (input.RequestItems as Record<string, unknown>) : {}); // a batch
  return tables.flatMap((requests) => (Array.isArray(requests) ? (requests as PutRequest[]).map(({ PutRequest }) => PutRequest.Item) : []));
}

/** The service's own store, each of its requests counted and asked for its units. */
function createCountedStore(servers: Servers) {
  const callDynamoDb = createDynamoDbCaller(emulatorConnection(servers.databaseEndpoint));
  const seen = { units: 0, requests: 0, items: [] as Item[], written: [] as Item[] };
  const counted: CallDynamoDb = async (operation, input) => {
    const output = await callDynamoDb(operation, { ...input, ReturnConsumedCapacity: 'TOTAL' });
    const { ConsumedCapacity = [], Responses = {} } = output as Told; // asked for in the line above
    for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat()) seen.units += CapacityUnits;
    seen.requests += 1;
    seen.items.push(...Object.values(Responses).flat());
    seen.written.push(...writtenBy(input));
    return output;
  };
  const wrapper = createLocalKeyWrapper(createSecret(servers.environment['CREDENTIALS_LOCAL_KEY'] ?? ''));
  const reportFault = (event: string) => {
    throw new Error(event);
  };
  const table = createTableClient(counted, TABLE, systemClock);
  return { seen, store: createResultStore({ table, account: 'default', wrapper, clock: systemClock, reportFault }) };
}

/** The bytes of the items' names and values, as DynamoDB counts them; in KB. */
function countKilobytes(items: readonly Item[]): number {
  const attributes = items.flatMap((item) => Object.entries(item));
  return attributes.reduce((sum, [name, { S, N, B }]) => sum + Buffer.byteLength(name + (S ?? N ?? '')) + Buffer.byteLength(B ?? '', 'base64'), 0) / 1024;
}

export interface ReadOptions {
  readonly withSecrets?: boolean;
  readonly status?: DeviceStatus;
}

/** What one stored page consumes. */
export async function measureReadUnits(servers: Servers, taskId: string, pageSize: number, { withSecrets = false, status }: ReadOptions = {}): Promise<PageUnits> {
  const { seen, store } = createCountedStore(servers);
  const query = { page: 1, pageSize, ...(status === undefined ? {} : { status }) };
  const lookup = await store.readPage({ productId: productOf(taskId), taskId }, query, withSecrets);
  if (lookup.kind === 'absent' || lookup.value.devices.length !== pageSize) throw new Error(`${taskId} is not stored`);
  const secrets = seen.items.filter((item) => item['sk']?.S?.startsWith('secrets#'));
  return {
    page: `${pageSize} of ${taskId}${withSecrets ? ' with secrets' : ''}${status === undefined ? '' : `, ${status} only`}`,
    readUnits: seen.units,
    kilobytes: Math.round(countKilobytes(seen.items)),
    secretKilobytes: Math.round(countKilobytes(secrets)),
    requests: seen.requests,
  };
}

/** The devices of a stored task of up to 100, secrets included. */
export async function readStored(servers: Servers, taskId: string): Promise<readonly Device[]> {
  const { store } = createCountedStore(servers);
  const lookup = await store.readPage({ productId: productOf(taskId), taskId }, { page: 1, pageSize: 100 }, true);
  if (lookup.kind === 'absent') throw new Error(`${taskId} is not stored`);
  return lookup.value.devices;
}

/** What storing a task consumes: that very task, once more, under another name. */
export async function measureWriteUnits(servers: Servers, taskId: string): Promise<WriteUnits> {
  const devices = await readStored(servers, taskId);
  const { seen, store } = createCountedStore(servers);
  await store.save({ productId: productOf(taskId), taskId: `${taskId}-copy` }, devices);
  const kilobytesADevice = round(countKilobytes(seen.written) / devices.length);
  return { task: taskId, writeUnits: seen.units, requests: seen.requests, kilobytesADevice };
}
