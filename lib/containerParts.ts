import { randomInt } from 'node:crypto';
import { once } from './baseContainer.ts';
import { systemClock, type Clock } from './clock.ts';
import type { ServiceConfig } from './config.ts';
import { createKmsKeyWrapper } from './store/kmsKeyWrapper.ts';
import { createLocalKeyWrapper, KeyUnavailableError, type KeyWrapper } from './store/keyWrapper.ts';
import { createFetchLease } from './store/fetchLease.ts';
import { createResultStore } from './store/resultStore.ts';
import { StoredMismatchError } from './store/secretChunks.ts';
import { createDynamoDbCaller } from './store/dynamoDbCaller.ts';
import { createTableClient } from './store/tableClient.ts';
import type { BatchEvents, DeviceLookup, StepQueue } from './deviceBatches/ports.ts';
import type { IdempotencyStore } from './deviceTasks/idempotency.ts';
import { InconsistentResultsError } from './deviceTasks/consistency.ts';
import { createReadThrough } from './deviceTasks/readThrough.ts';
import type { FetchLease, ReadTaskList, ReportFault, ResultStore, TaskSource } from './deviceTasks/ports.ts';
import { createApi3 } from './upstream/api3/api3.ts';
import { createDeviceCalls } from './upstream/api3/deviceCalls.ts';
import { createTaskCalls as createApi3TaskCalls } from './upstream/api3/taskCalls.ts';
import { createBreaker, type Breaker } from './upstream/breaker.ts';
import type { AdmitCall } from './upstream/callRate.ts';
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
export function createVendor(config: ServiceConfig, replaced: Replacements, admitCall?: AdmitCall): { readonly source: TaskSource; readonly lookup?: DeviceLookup } {
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

/** What the use cases are made of: the table, the vendor, and what both need. */
export function createParts(config: ServiceConfig, logger: Logger, replaced: Replacements) {
  const clock = systemClock;
  const { account } = config.upstream;
  const reportFault = createReportFault(logger);
  const table = createTableClient(createDynamoDbCaller(config.dynamoDb), config.taskTable, clock);
  const wrapper = createKeyWrapper(config);
  const store = replaced.store ?? createResultStore({ table, account, wrapper, clock, reportFault });
  const { source } = createVendor(config, replaced);
  const lease = replaced.lease ?? createFetchLease({ table, account, clock });
  const readThrough = createReadThrough({ source, store, lease, reportFault, clock });
  return { config, logger, table, account, wrapper, clock, reportFault, store, source, readThrough };
}

export type Parts = ReturnType<typeof createParts>;
