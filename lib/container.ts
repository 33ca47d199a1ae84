import { randomInt } from 'node:crypto';
import { createBaseContainer, once, type BaseContainer } from './baseContainer.ts';
import { systemClock } from './clock.ts';
import { readServiceConfig, type ServiceConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { createKmsKeyWrapper } from './cache/kmsKeyWrapper.ts';
import { createLocalKeyWrapper, KeyUnavailableError, type KeyWrapper } from './cache/keyWrapper.ts';
import { createFetchLease } from './cache/fetchLease.ts';
import { createIdempotencyStore } from './cache/idempotencyStore.ts';
import { createResultStore } from './cache/resultStore.ts';
import { createDynamoDbCaller } from './cache/dynamoDbCaller.ts';
import { createTableClient } from './cache/tableClient.ts';
import { createCreateTask, type CreateTask } from './deviceTasks/createTask.ts';
import { createFollowTask, type FollowTask } from './deviceTasks/followTask.ts';
import { createLoadTask } from './deviceTasks/loadTask.ts';
import { createReadResults, type ReadResults } from './deviceTasks/readResults.ts';
import type { ReportFault, TaskSource } from './deviceTasks/ports.ts';
import { takeTurn } from './deviceTasks/takeTurn.ts';
import { createBreaker } from './upstream/breaker.ts';
import { createHttpTransport } from './upstream/httpTransport.ts';
import { createQueryV2 } from './upstream/queryV2/queryV2.ts';
import { createTaskCalls } from './upstream/queryV2/taskCalls.ts';
import { createSecretsManagerKeys } from './upstream/secretsManagerKeys.ts';
import { createTaskSource } from './upstream/taskSource.ts';
import { createVendorClient } from './upstream/vendorClient.ts';
import { createFixedVendorKeys, type VendorKeys } from './upstream/vendorKeys.ts';
import { describeError, type Logger } from './logger.ts';

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

/** Tells the operator of a fault the client never sees, and counts it. */
function createReportFault(logger: Logger): ReportFault {
  return (event, error) => {
    // What KMS said is told, not that it said something.
    if (error instanceof KeyUnavailableError) logger.warn({ event, ...describeError(error.cause) }, { KmsFailure: 1, CacheFault: 1 });
    else logger.warn({ event, ...describeError(error) }, { CacheFault: 1 });
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
    const commands = await import('./cache/kmsSdk.ts');
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
  const { endpoint, region, account } = config.upstream;
  const reportFault = createReportFault(logger);
  const table = createTableClient(createDynamoDbCaller(config.dynamoDb), config.taskTable, clock);
  const tenant = { host: new URL(endpoint).host, region, account };
  const store = createResultStore({
    table,
    tenant,
    wrapper: createKeyWrapper(config),
    clock,
    reportFault,
  });
  const idempotency = createIdempotencyStore({ table, tenant, clock });
  const source = createSource(config);
  const lease = createFetchLease({ table, tenant, clock });
  const turnDeps = { lease, store, reportFault, clock };
  const loadTask = createLoadTask({ source, store, reportFault, takeTurn: (ref, scope) => takeTurn(turnDeps, ref, scope) });
  const deps = { source, store, idempotency, loadTask, reportFault, now: clock.now };
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
