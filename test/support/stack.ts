import { randomBytes } from 'node:crypto';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { systemClock } from '../../lib/clock.ts';
import { readBaseConfig, type BaseConfig } from '../../lib/config.ts';
import type { Environment } from '../../lib/environment.ts';
import { createContainer, type Container } from '../../lib/container.ts';
import { createCreateTask } from '../../lib/deviceTasks/createTask.ts';
import { createFollowTask } from '../../lib/deviceTasks/followTask.ts';
import type { IdempotencyStore } from '../../lib/deviceTasks/idempotency.ts';
import type { FetchLease, ResultStore } from '../../lib/deviceTasks/ports.ts';
import { createReadResults } from '../../lib/deviceTasks/readResults.ts';
import { createReadThrough } from '../../lib/deviceTasks/readThrough.ts';
import type { ApiFunction } from '../../lib/functions/apiFunction.ts';
import { functions } from '../../lib/functions/functions.ts';
import { createFallbackHandler } from '../../lib/http/createFallbackHandler.ts';
import { createHandler, type Handle } from '../../lib/http/createHandler.ts';
import { createHttpTransport, type Transport } from '../../lib/upstream/httpTransport.ts';
import { createQueryV2 } from '../../lib/upstream/queryV2/queryV2.ts';
import { createTaskCalls } from '../../lib/upstream/queryV2/taskCalls.ts';
import { createTaskSource } from '../../lib/upstream/taskSource.ts';
import { createVendorClient } from '../../lib/upstream/vendorClient.ts';
import { createFixedVendorKeys } from '../../lib/upstream/vendorKeys.ts';
import { createLogger } from '../../lib/logger.ts';
import { createSecret } from '../../lib/secret.ts';
import { createSeed } from '../../offline/emulator/createSeed.ts';
import { startEmulator } from '../../offline/emulator/startEmulator.ts';
import { invoke, makeEvent, routeRequest, type EventOptions, type Reply } from './apiGatewayEvent.ts';
import { emulatorKey } from './emulatorClient.ts';
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
  Object.values(functions).map(async (fn): Promise<readonly [ApiFunction, Handle<ApiFunction, Container>]> => {
    const { handle } = (await import(`../../handlers/${fn.name}.ts`)) as { handle: Handle<ApiFunction, Container> }; // a test holds that it is there
    return [fn, handle];
  }),
);

/** The whole API as functions of one container, each request sent to the one API Gateway would choose. */
export function createApi(container: Container, now?: () => number) {
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

/** A container as a function builds it, but for its log, which is kept: it takes `console.log` as it is at that time. */
function createLoggedContainer(env: Environment) {
  const logLines: string[] = [];
  const { log } = console;
  console.log = (line: string) => void logLines.push(line);
  try {
    return { container: createContainer(env), logLines };
  } finally {
    console.log = log;
  }
}

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
    /** An API with an account, and so a cold cache, of its own. @param overrides environment variables */
    open: (overrides: Environment = {}) => {
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
        CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64'),
        ...overrides,
      };
      emulator.clearCalls();
      const { container, logLines } = createLoggedContainer(env);
      return { account, logLines, ...createApi(container), countItems: () => countItems(account) };
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
  acquire: () => Promise.resolve(() => Promise.resolve()),
  readHolder: () => Promise.resolve(undefined),
};

export interface PiecesOptions {
  readonly store: ResultStore;
  readonly transport?: Transport;
  readonly endpoint?: string;
  readonly config?: Partial<BaseConfig>;
  readonly write?: (line: string) => void;
}

/** A container of the same parts as the real one, but with no breaker, no waiting, and what a test hands in. */
export function createPieces(options: PiecesOptions): Container {
  const { store, transport = createHttpTransport(), endpoint = 'https://vendor.invalid/v2/index.php', write } = options;
  const config = { ...readBaseConfig({ STAGE: 'test' }), ...options.config };
  const logger = createLogger({ level: 'DEBUG', stage: 'test', write: write ?? (() => {}), now: Date.now });
  let nonce = 0;
  const api = createQueryV2({ endpoint, region: 'gz', signatureMethod: 'HmacSHA256', nonce: () => (nonce += 1) });
  const client = createVendorClient(api, {
    timeoutMs: 2500,
    keys: createFixedVendorKeys({ ...emulatorKey, secretKey: createSecret(emulatorKey.secretKey) }),
    transport,
    breaker: { run: (read) => read() },
    clock: { now: Date.now, sleep: () => Promise.resolve() },
    random: () => 0,
  });
  const reportFault = (event: string) => logger.warn({ event });
  const source = createTaskSource(createTaskCalls(client));
  const readThrough = createReadThrough({ source, store, lease: freeLease, reportFault, clock: systemClock });
  const deps = { source, store, idempotency: freeKeys, readThrough, reportFault, now: Date.now };
  const services = {
    readResults: createReadResults(deps),
    followTask: createFollowTask(deps),
    createTask: createCreateTask(deps),
  };
  return { config, logger, services: () => services };
}
