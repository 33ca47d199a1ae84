import { randomInt } from 'node:crypto';
import { createBaseContainer, once, type BaseContainer } from './baseContainer.ts';
import { systemClock } from './clock.ts';
import { readServiceConfig, type ServiceConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { createKmsKeyWrapper } from './store/kmsKeyWrapper.ts';
import { createLocalKeyWrapper, KeyUnavailableError, type KeyWrapper } from './store/keyWrapper.ts';
import { createFetchLease } from './store/fetchLease.ts';
import { createIdempotencyStore } from './store/idempotencyStore.ts';
import { createResultStore } from './store/resultStore.ts';
import { StoredMismatchError } from './store/secretChunks.ts';
import { createDynamoDbCaller } from './store/dynamoDbCaller.ts';
import { createTableClient } from './store/tableClient.ts';
import { createCreateTask, type CreateTask } from './deviceTasks/createTask.ts';
import { createFollowTask, type FollowTask } from './deviceTasks/followTask.ts';
import { InconsistentResultsError } from './deviceTasks/consistency.ts';
import { createReadThrough } from './deviceTasks/readThrough.ts';
import { createReadResults, type ReadResults } from './deviceTasks/readResults.ts';
import type { ReportFault, TaskSource } from './deviceTasks/ports.ts';
import { createBreaker } from './upstream/breaker.ts';
import { createHttpTransport } from './upstream/httpTransport.ts';
import { createQueryV2 } from './upstream/queryV2/queryV2.ts';
import { createTaskCalls } from './upstream/queryV2/taskCalls.ts';
import { createSecretsManagerKeys } from './upstream/secretsManagerKeys.ts';
import { createTaskSource } from './upstream/taskSource.ts';
import { createVendorClient } from './upstream/vendorClient.ts';
import { createFixedVendorKeys, type VendorKeys } from './upstream/vendorKeys.ts';
import { describeError, type Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** The use cases, wired. */
export interface Services {
  readonly readResults: ReadResults;
  readonly followTask: FollowTask;
  readonly createTask: CreateTask;
}

export interface Container extends BaseContainer {
  /** Built on first use: a health check needs neither table nor vendor. @throws ConfigError */
  readonly services: () => Services;
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

function createSource(config: ServiceConfig): TaskSource {
  const { timeoutMs, ...upstream } = config.upstream;
  const api = createQueryV2({ ...upstream, nonce: () => randomInt(1, MAX_NONCE) });
  const client = createVendorClient(api, {
    timeoutMs,
    clock: systemClock,
    keys: createVendorKeys(config),
    transport: createHttpTransport(),
    breaker: createBreaker(),
    random: Math.random,
  });
  return createTaskSource(createTaskCalls(client));
}

function createServices(config: ServiceConfig, logger: Logger): Services {
  const clock = systemClock;
  const { account } = config.upstream;
  const reportFault = createReportFault(logger);
  const table = createTableClient(createDynamoDbCaller(config.dynamoDb), config.taskTable, clock);
  const store = createResultStore({
    table,
    account,
    wrapper: createKeyWrapper(config),
    clock,
    reportFault,
  });
  const idempotency = createIdempotencyStore({ table, account, clock });
  const source = createSource(config);
  const lease = createFetchLease({ table, account, clock });
  const readThrough = createReadThrough({ source, store, lease, reportFault, clock });
  const deps = { source, store, idempotency, readThrough, reportFault, now: clock.now };
  return {
    readResults: createReadResults(deps),
    followTask: createFollowTask(deps),
    createTask: createCreateTask(deps),
  };
}

/** The composition root. @param env the process's own where it is left out. @throws ConfigError naming the variable */
export function createContainer(env?: Environment): Container {
  const base = createBaseContainer(env);
  let services: Services | undefined;
  return { ...base, services: () => (services ??= createServices(readServiceConfig(env), base.logger)) };
}

/** The process's container, built on the first event. */
export const getContainer = once(createContainer);
