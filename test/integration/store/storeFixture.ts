import { randomBytes } from 'node:crypto';
import { paginateScan, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../lib/clock.ts';
import { createLocalKeyWrapper } from '../../../lib/store/keyWrapper.ts';
import { createResultStore, type ResultStoreDeps } from '../../../lib/store/resultStore.ts';
import type { CallDynamoDb } from '../../../lib/store/dynamoDbApi.ts';
import { createDynamoDbCaller } from '../../../lib/store/dynamoDbCaller.ts';
import { createTableClient } from '../../../lib/store/tableClient.ts';
import type { Device } from '../../../lib/deviceTasks/device.ts';
import type { PageQuery, ResultsPage } from '../../../lib/deviceTasks/paging.ts';
import { cutPage } from '../../../lib/deviceTasks/readResults.ts';
import { presentPage } from '../../../lib/deviceTasks/resources.ts';
import { createSecret } from '../../../lib/secret.ts';
import { startTestTable, type SdkItem } from '../../support/testTable.ts';

export const account = 'main';
export const everything = { page: 1, pageSize: 100 };

/** A page as a client sees it, secrets included, so that pages can be compared. */
export function show(query: PageQuery, page: ResultsPage | undefined): string {
  return page === undefined ? 'absent' : JSON.stringify(presentPage({ productId: 'P', taskId: 'T' }, query, page));
}

/** The same page cut from the whole task. */
export function showCut(devices: readonly Device[], query: PageQuery, withSecrets: boolean): string {
  return show(query, cutPage(devices, query, withSecrets));
}

/** A clock that tells real time, moved by as much as it is told; emulators may expire what lies in the past. */
export function createMovableClock() {
  const startMs = Date.now();
  let movedMs = 0;
  const clock: Clock = { now: () => startMs + movedMs, sleep: () => Promise.resolve() };
  return { clock, startS: Math.floor(startMs / 1000), move: (ms: number) => void (movedMs += ms) };
}

// In place of the service's short time-outs: a busy machine is no fault of the store's.
const PATIENT = { attemptMs: 30_000, maxPauseMs: 50, requestsAtOnce: 4 };

/** A real table with stores over it, its raw items within reach. */
export async function startStoreFixture() {
  const db = await startTestTable();
  const time = createMovableClock();
  const wrapper = createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));
  const faults: string[] = [];
  const reportFault = (event: string) => void faults.push(event);
  const connect = () => createDynamoDbCaller(db.place, PATIENT);
  const call = connect();
  const storeOver = (over: CallDynamoDb, other: Partial<ResultStoreDeps> = {}) => {
    const table = createTableClient(over, db.tableName, time.clock);
    return createResultStore({ table, account, wrapper, clock: time.clock, reportFault, ...other });
  };
  return {
    ...db,
    ...time,
    wrapper,
    faults,
    call,
    table: createTableClient(call, db.tableName, time.clock),
    store: storeOver(call),
    storeOver,
    /** Connections of its own, as another process has them. */
    connect,
    scan: async (): Promise<SdkItem[]> => {
      const items: SdkItem[] = [];
      for await (const { Items } of paginateScan({ client: db.client }, { TableName: db.tableName })) items.push(...(Items ?? []));
      return items;
    },
    putRaw: (item: SdkItem) => db.client.send(new PutItemCommand({ TableName: db.tableName, Item: item })),
  };
}

export type StoreFixture = Awaited<ReturnType<typeof startStoreFixture>>;
