import { randomBytes } from 'node:crypto';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Environment } from '../../lib/environment.ts';
import { createBatchContainer, type BatchContainer } from '../../lib/batchContainer.ts';
import type { Replacements } from '../../lib/containerParts.ts';
import type { IdempotencyStore } from '../../lib/deviceTasks/idempotency.ts';
import type { FetchLease, ResultStore } from '../../lib/deviceTasks/ports.ts';
import type { ApiFunction } from '../../lib/functions/apiFunction.ts';
import { functions } from '../../lib/functions/functions.ts';
import { createFallbackHandler } from '../../lib/http/createFallbackHandler.ts';
import { createHandler, type Handle } from '../../lib/http/createHandler.ts';
import type { Transport } from '../../lib/upstream/httpTransport.ts';
import { createSeed } from '../../offline/emulator/createSeed.ts';
import { startEmulator } from '../../offline/emulator/startEmulator.ts';
import { invoke, makeEvent, routeRequest, type EventOptions, type Reply } from './apiGatewayEvent.ts';
import { emulatorKey } from './emulatorClient.ts';
import { createMemoryQueue } from './memoryQueue.ts';
import { startTestTable, type SdkItem } from './testTable.ts';

/** The claims of a caller who may do everything; `scope` as OAuth servers write it. */
export const fullClaims = {
  iss: 'https://issuer.test/',
  sub: 'tester',
  client_id: 'test-client',
  exp: 1_900_000_000,
  scope: 'devices:read devices:credentials devices:write',
};

/** The use cases, each from the file in `handlers` that its function is named after. */
const useCases = await Promise.all(
  Object.values(functions).map(async (fn): Promise<readonly [ApiFunction, Handle<ApiFunction, BatchContainer>]> => {
    const { handle } = (await import(`../../handlers/${fn.name}.ts`)) as { handle: Handle<ApiFunction, BatchContainer> }; // a test holds that it is there
    return [fn, handle];
  }),
);

/** The whole API as functions of one container, each request sent to the one API Gateway would choose. */
export function createApi(container: BatchContainer, now?: () => number) {
  const getContainer = () => container;
  const fallback = createFallbackHandler(getContainer, now);
  const handlers = new Map(useCases.map(([fn, handle]) => [fn.name, createHandler(fn, handle, getContainer, now)]));
  const handle = (name: string, event: APIGatewayProxyEventV2): Promise<Reply> => invoke(handlers.get(name) ?? fallback, event);
  return {
    /** An event as it is, to the function of that name. */
    handle,
    /** As a caller with every scope, unless `claims` says otherwise (`claims: undefined`: nobody). */
    send: (path: string, options: EventOptions = {}): Promise<Reply> => {
      const all = { claims: fullClaims, ...options, path };
      const { functionName = '' } = routeRequest(all.method ?? 'GET', path, all.basePath);
      return handle(functionName, makeEvent(all));
    },
  };
}

export type Api = ReturnType<typeof createApi>;

/**
 * The seeded emulator and a table, and containers built on them as a deployed function builds its own.
 * The clock is the process's, so that a test which fakes `Date` moves all of it at once.
 */
export async function startStack() {
  const seed = await createSeed();
  const emulator = await startEmulator({ ...emulatorKey, ...seed, now: () => Date.now() });
  const testTable = await startTestTable();
  let opened = 0;
  const scanItems = async (): Promise<SdkItem[]> => {
    const pages = paginateScan({ client: testTable.client }, { TableName: testTable.tableName });
    const items: SdkItem[] = [];
    for await (const page of pages) items.push(...(page.Items ?? []));
    return items;
  };
  const countItems = async (account: string): Promise<number> => {
    const prefix = `${account}#`;
    return (await scanItems()).filter((item) => item['pk']?.S?.startsWith(prefix)).length;
  };
  return {
    seed,
    emulator,
    testTable,
    /** All that is stored, by any account. */
    scanItems,
    /**
     * An API with an account, and so a cold cache, of its own. What its batches send is delivered by the test.
     * @param overrides environment variables @param replaced parts of the container
     */
    open: (overrides: Environment = {}, replaced: Replacements = {}) => {
      opened += 1;
      const account = `account-${opened}`;
      const env: Environment = {
        STAGE: 'test',
        LOG_LEVEL: 'DEBUG',
        IOTCLOUD_ENDPOINT: emulator.endpoint,
        IOTCLOUD_ACCOUNT: account,
        TENCENTCLOUD_SECRET_ID: emulatorKey.secretId,
        TENCENTCLOUD_SECRET_KEY: emulatorKey.secretKey,
        TASK_TABLE: testTable.tableName,
        DYNAMODB_ENDPOINT: testTable.place.endpoint,
        BATCH_CALLS_PER_S: '999', // no test waits for the vendor's rate
        CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64'),
        ...overrides,
      };
      emulator.clearCalls();
      const logLines: string[] = [];
      const queue = createMemoryQueue();
      const container = createBatchContainer(env, { write: (line) => void logLines.push(line), queue, ...replaced });
      return { account, logLines, queue, container, ...createApi(container), countItems: () => countItems(account) };
    },
    close: async () => {
      await emulator.close();
      await testTable.close();
    },
  };
}

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** A store that holds nothing and counts what is asked of it; a save is remembered and fails. */
export function createCountingStore() {
  const counts = { reads: 0, saves: 0 };
  const read = <T>(value: T) => {
    counts.reads += 1;
    return Promise.resolve(value);
  };
  const save = () => {
    counts.saves += 1;
    return Promise.reject(new Error('nothing may be stored here'));
  };
  const store: ResultStore = {
    keepsSecrets: true,
    readPage: () => read({ kind: 'absent' }),
    readDevice: () => read({ kind: 'absent' }),
    readNames: () => read([]),
    readTask: () => read({}),
    save,
    noteCreation: save,
  };
  return { store, counts };
}

const freeKeys: IdempotencyStore = {
  claim: () => Promise.resolve(undefined),
  startSending: () => Promise.resolve(),
  complete: () => Promise.resolve(),
  markUnknown: () => Promise.resolve(),
  release: () => Promise.resolve(),
};

const freeLease: FetchLease = {
  acquire: () => Promise.resolve({ fetchId: 'fetch', release: () => Promise.resolve() }),
  readHolder: () => Promise.resolve(undefined),
};

export interface PiecesOptions {
  readonly store: ResultStore;
  readonly transport?: Transport;
  readonly endpoint?: string;
  readonly write?: (line: string) => void;
}

/** A container without a table, breaker or waiting, and with what a test hands in. */
export function createPieces({ endpoint = 'https://vendor.invalid/v2/index.php', write = () => {}, ...parts }: PiecesOptions): BatchContainer {
  const env: Environment = {
    STAGE: 'test',
    LOG_LEVEL: 'DEBUG',
    IOTCLOUD_ENDPOINT: endpoint,
    TENCENTCLOUD_SECRET_ID: emulatorKey.secretId,
    TENCENTCLOUD_SECRET_KEY: emulatorKey.secretKey,
    TASK_TABLE: 'none',
    DYNAMODB_ENDPOINT: 'http://127.0.0.1:1',
  };
  return createBatchContainer(env, {
    idempotency: freeKeys,
    lease: freeLease,
    taskList: () => Promise.resolve({ tasks: [] }),
    breaker: { run: (read) => read() },
    clock: { now: Date.now, sleep: () => Promise.resolve() },
    random: () => 0,
    write,
    ...parts,
  });
}
