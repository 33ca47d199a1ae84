import { randomInt, randomUUID } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { createBaseContainer, once, type BaseContainer } from './baseContainer.ts';
import { systemClock, type Clock } from './clock.ts';
import { readServiceConfig, type ServiceConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { createKmsKeyWrapper } from './store/kmsKeyWrapper.ts';
import { createLocalKeyWrapper, KeyUnavailableError, type KeyWrapper } from './store/keyWrapper.ts';
import { createReadBatchList } from './store/batchList.ts';
import { createBatchKeyStore } from './store/batchKeyStore.ts';
import { createBatchStore } from './store/batchStore.ts';
import { createFetchLease } from './store/fetchLease.ts';
import { createFindingStore } from './store/findingStore.ts';
import { createIdempotencyStore } from './store/idempotencyStore.ts';
import { createResultStore } from './store/resultStore.ts';
import { createReadTaskList } from './store/taskList.ts';
import { StoredMismatchError } from './store/secretChunks.ts';
import { createDynamoDbCaller } from './store/dynamoDbCaller.ts';
import { createTableClient } from './store/tableClient.ts';
import { createBatchServices, type BatchServices } from './deviceBatches/createBatchServices.ts';
import type { BatchEvents, DeviceLookup, StepQueue } from './deviceBatches/ports.ts';
import { createCreateTask, type CreateTask } from './deviceTasks/createTask.ts';
import { createFollowTask, type FollowTask } from './deviceTasks/followTask.ts';
import type { IdempotencyStore } from './deviceTasks/idempotency.ts';
import { InconsistentResultsError } from './deviceTasks/consistency.ts';
import { createReadThrough } from './deviceTasks/readThrough.ts';
import { createReadList, type ReadList } from './deviceTasks/readList.ts';
import { createReadDevice, createReadNames, createReadResults, type ReadDevice, type ReadResults } from './deviceTasks/readResults.ts';
import type { FetchLease, ReadTaskList, ReportFault, ResultStore, TaskListPage, TaskSource } from './deviceTasks/ports.ts';
import { connectBatchEvents, connectStepQueue } from './queue/connectQueue.ts';
import { createApi3 } from './upstream/api3/api3.ts';
import { createDeviceCalls } from './upstream/api3/deviceCalls.ts';
import { createTaskCalls as createApi3TaskCalls } from './upstream/api3/taskCalls.ts';
import { createBreaker, type Breaker } from './upstream/breaker.ts';
import { createCallRate, type AdmitCall } from './upstream/callRate.ts';
import { createDeviceLookup, type DeviceCalls } from './upstream/deviceLookup.ts';
import { createHttpTransport, type Transport } from './upstream/httpTransport.ts';
import { createQueryV2 } from './upstream/queryV2/queryV2.ts';
import { createTaskCalls as createQueryTaskCalls } from './upstream/queryV2/taskCalls.ts';
import { createSecretsManagerKeys } from './upstream/secretsManagerKeys.ts';
import { createTaskSource, type TaskCalls } from './upstream/taskSource.ts';
import { createVendorClient, type VendorClientDeps } from './upstream/vendorClient.ts';
import { createFixedVendorKeys, type VendorKeys } from './upstream/vendorKeys.ts';
import { describeError, type Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** The use cases, wired. */
export interface Services extends BatchServices {
  readonly readResults: ReadResults;
  readonly readDevice: ReadDevice;
  readonly followTask: FollowTask;
  readonly createTask: CreateTask;
  readonly listTasks: ReadList<TaskListPage>;
}

export interface Container extends BaseContainer {
  /** Built on first use: a health check needs neither table nor vendor. @throws ConfigError */
  readonly services: () => Services;
}

/** Parts that a test puts in the place of the real ones; what it leaves out is wired as deployed. */
export interface Replacements {
  /** Takes a line of the log. */
  readonly write?: (line: string) => void;
  /** The vendor's side: how it waits, sends, holds back, and spreads its retries. */
  readonly clock?: Clock;
  readonly transport?: Transport;
  readonly breaker?: Breaker;
  readonly random?: () => number;
  readonly store?: ResultStore;
  readonly idempotency?: IdempotencyStore;
  readonly lease?: FetchLease;
  readonly taskList?: ReadTaskList;
  /** What carries the steps of batches on, and what is told of those that are completed. */
  readonly queue?: StepQueue;
  readonly events?: BatchEvents;
}

const MAX_NONCE = 2 ** 31;

// Secrets Manager answers in tens of milliseconds. `secretsManagerKeys` gives up after two seconds, whatever these allow.
const SECRET_TIMEOUTS = { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true };
// Two attempts within the second that `kmsKeyWrapper` allows.
const KMS_TIMEOUTS = { connectionTimeout: 450, requestTimeout: 450, throwOnRequestTimeout: true };

function metricsOf(error: unknown): Metrics {
  if (error instanceof KeyUnavailableError) return { KmsFailure: 1, CacheFault: 1 };
  if (error instanceof InconsistentResultsError) return { InconsistentResults: 1 };
  return error instanceof StoredMismatchError ? { StoredMismatch: 1, CacheFault: 1 } : { CacheFault: 1 };
}

/** Tells the operator of a fault the client never sees, and counts it. */
function createReportFault(logger: Logger): ReportFault {
  return (event, error) => {
    // Of a key out of reach, the log names KMS's own error.
    const told = error instanceof KeyUnavailableError ? error.cause : error;
    logger.warn({ event, ...describeError(told) }, metricsOf(error));
  };
}

function createVendorKeys({ vendorKey }: ServiceConfig): VendorKeys {
  if (vendorKey.kind === 'environment') return createFixedVendorKeys(vendorKey);
  return createSecretsManagerKeys(async () => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('./upstream/secretsManagerSdk.ts');
    const client = new SecretsManagerClient({ maxAttempts: 2, requestHandler: SECRET_TIMEOUTS });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: vendorKey.secretArn }));
    return SecretString ?? '';
  }, systemClock);
}

function createKeyWrapper({ wrappingKey }: ServiceConfig): KeyWrapper | undefined {
  if (wrappingKey.kind === 'none') return undefined;
  if (wrappingKey.kind === 'local') return createLocalKeyWrapper(wrappingKey.key);
  const loadKms = once(async () => {
    const commands = await import('./store/kmsSdk.ts');
    return { client: new commands.KMSClient({ maxAttempts: 2, requestHandler: KMS_TIMEOUTS }), commands };
  });
  return createKmsKeyWrapper(wrappingKey.keyArn, loadKms);
}

/** The calls of the API that the stage is configured for; of the query API none is about a single device. */
function createVendorCalls(upstream: ServiceConfig['upstream'], deps: VendorClientDeps): { readonly tasks: TaskCalls; readonly devices?: DeviceCalls } {
  if (upstream.api === '2018-06-14') {
    const client = createVendorClient(createApi3(upstream), deps);
    return { tasks: createApi3TaskCalls(client), devices: createDeviceCalls(client) };
  }
  return { tasks: createQueryTaskCalls(createVendorClient(createQueryV2({ ...upstream, nonce: () => randomInt(1, MAX_NONCE) }), deps)) };
}

/** @param admitCall holds its calls to a rate; left out, each is made at once */
function createVendor(config: ServiceConfig, replaced: Replacements, admitCall?: AdmitCall): { readonly source: TaskSource; readonly lookup?: DeviceLookup } {
  const { tasks, devices } = createVendorCalls(config.upstream, {
    timeoutMs: config.upstream.timeoutMs,
    clock: replaced.clock ?? systemClock,
    keys: createVendorKeys(config),
    transport: replaced.transport ?? createHttpTransport(),
    breaker: replaced.breaker ?? createBreaker(),
    random: replaced.random ?? Math.random,
    ...(admitCall === undefined ? {} : { admitCall }),
  });
  return { source: createTaskSource(tasks), ...(devices === undefined ? {} : { lookup: createDeviceLookup(devices) }) };
}

function createServices(config: ServiceConfig, logger: Logger, replaced: Replacements): Services {
  const clock = systemClock;
  const { account } = config.upstream;
  const reportFault = createReportFault(logger);
  const table = createTableClient(createDynamoDbCaller(config.dynamoDb), config.taskTable, clock);
  const wrapper = createKeyWrapper(config);
  const store = replaced.store ?? createResultStore({ table, account, wrapper, clock, reportFault });
  const idempotency = replaced.idempotency ?? createIdempotencyStore({ table, account, clock });
  const { source } = createVendor(config, replaced);
  const lease = replaced.lease ?? createFetchLease({ table, account, clock });
  const readThrough = createReadThrough({ source, store, lease, reportFault, clock });
  const deps = { source, store, idempotency, readThrough, reportFault, now: clock.now };
  const batches = createBatchStore({ table, account, clock });
  const vendor = createVendor(config, replaced, createCallRate(config.batches.callsPerS, replaced.clock ?? systemClock));
  const batchServices = createBatchServices({
    source: vendor.source,
    // A key that could not be kept must not be fetched.
    lookup: wrapper === undefined ? undefined : vendor.lookup,
    resolveAfterMs: config.batches.resolveAfterS * 1000,
    findings: createFindingStore({ table, account, wrapper, clock, reportFault }),
    auditRecovery: ({ caller, ...about }) => logger.audit({ event: 'credentials-recovered', ...caller, ...about, devices: 1 }),
    results: store,
    readNames: createReadNames(deps),
    batches,
    batchList: createReadBatchList({ table, account, clock, batches }),
    keys: createBatchKeyStore({ table, account, clock }),
    queue: replaced.queue ?? connectStepQueue(config.batches),
    events: replaced.events ?? connectBatchEvents(config.batches),
    reportFault,
    clock,
    random: replaced.random ?? Math.random,
    newBatchId: (nowMs) => uuidV7({ msecs: nowMs }),
    newClaimId: randomUUID,
  });
  return {
    ...batchServices,
    readResults: createReadResults(deps),
    readDevice: createReadDevice(deps),
    followTask: createFollowTask(deps),
    createTask: createCreateTask(deps),
    listTasks: createReadList(replaced.taskList ?? createReadTaskList({ table, account, clock }), reportFault),
  };
}

/** The composition root. @param env the process's own if left out. @throws ConfigError naming the variable */
export function createContainer(env?: Environment, replaced: Replacements = {}): Container {
  const base = createBaseContainer(env, replaced.write);
  let services: Services | undefined;
  return { ...base, services: () => (services ??= createServices(readServiceConfig(env), base.logger, replaced)) };
}

/** The process's container, built on the first event. */
export const getContainer = once(() => createContainer());
