import { randomBytes } from 'node:crypto';
import { readServiceConfig, type ServiceConfig } from '../lib/config.ts';
import { ConfigError, type Environment } from '../lib/environment.ts';
import type { OfflineKeys } from './offlineKeys.ts';

/** What `npm start` starts of its own, and what it hands to the functions. */
export interface OfflinePlan {
  /** Of the gateway; 0 takes a free one. */
  readonly port: number;
  readonly startsEmulator: boolean;
  readonly startsDatabase: boolean;
  readonly startsQueue: boolean;
  /** Share of creations whose answer the emulator loses. */
  readonly lostAnswers: number;
  /** Environment of the functions, but for the endpoints of what is still to be started. */
  readonly variables: Readonly<Record<string, string>>;
}

const DEFAULT_PORT = '3000';
const MAX_PORT = 65_535;

// The whole of a stage's `vendorRate`: offline there is one process.
const BATCH_CALLS_PER_S = '20';

// Stands for what is not started yet, so that everything else can be checked; both of the vendor's APIs take it.
const TO_COME = { endpoint: 'http://127.0.0.1/', database: 'http://127.0.0.1', queue: 'http://127.0.0.1' };

function readPort(env: Environment): number {
  const text = env['PORT'] || DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > MAX_PORT) throw new ConfigError('PORT', 'must be a port number from 0 to 65535');
  return port;
}

function readLostAnswers(env: Environment): number {
  const share = env['EMULATOR_LOST_ANSWERS'] || '0';
  if (!/^(?:0(?:\.\d{1,3})?|1)$/.test(share)) throw new ConfigError('EMULATOR_LOST_ANSWERS', 'must be a share from 0 to 1, such as 0.2');
  return Number(share);
}

function vendorKeyVariables(env: Environment, startsEmulator: boolean): Record<string, string> {
  if (env['TENCENTCLOUD_SECRET_ARN']) throw new ConfigError('TENCENTCLOUD_SECRET_ARN', 'is for deployed stages only');
  // The emulator takes whatever key it is told; the vendor takes only his own.
  if (!startsEmulator || env['TENCENTCLOUD_SECRET_ID'] || env['TENCENTCLOUD_SECRET_KEY']) return {};
  return { TENCENTCLOUD_SECRET_ID: 'AKIDofflineofflineoffline', TENCENTCLOUD_SECRET_KEY: randomBytes(16).toString('hex') };
}

/** The emulator forgets its tasks when it ends: what a table of the user's own keeps of them must not outlive it. */
function accountVariables(env: Environment, startsEmulator: boolean): Record<string, string> {
  return startsEmulator && !env['IOTCLOUD_ACCOUNT'] ? { IOTCLOUD_ACCOUNT: `offline-${randomBytes(6).toString('hex')}` } : {};
}

/** Completes and checks the environment before anything is started. @throws ConfigError naming the variable */
export function planOffline(env: Environment, keys: OfflineKeys): OfflinePlan {
  const startsEmulator = !env['IOTCLOUD_ENDPOINT'];
  const startsDatabase = !env['DYNAMODB_ENDPOINT'];
  const startsQueue = !env['SQS_ENDPOINT'];
  if (startsQueue && env['BATCH_QUEUE_URL']) throw new ConfigError('BATCH_QUEUE_URL', 'needs SQS_ENDPOINT beside it, or is left out');
  const variables = {
    BATCH_CALLS_PER_S: env['BATCH_CALLS_PER_S'] || BATCH_CALLS_PER_S,
    TASK_TABLE: env['TASK_TABLE'] || 'iotcloud-rest-offline',
    ...accountVariables(env, startsEmulator),
    ...vendorKeyVariables(env, startsEmulator),
    ...(env['CREDENTIALS_LOCAL_KEY'] || env['CREDENTIALS_KEY_ARN'] ? {} : { CREDENTIALS_LOCAL_KEY: keys.credentialsLocalKey }),
  };
  const plan = { port: readPort(env), startsEmulator, startsDatabase, startsQueue, lostAnswers: readLostAnswers(env), variables };
  readFinalConfig(env, plan, {});
  return plan;
}

/** The configuration the functions will read. @throws ConfigError */
export function readFinalConfig(env: Environment, plan: OfflinePlan, endpoints: Environment): ServiceConfig {
  return readServiceConfig({
    ...(plan.startsEmulator ? { IOTCLOUD_ENDPOINT: TO_COME.endpoint } : {}),
    ...(plan.startsDatabase ? { DYNAMODB_ENDPOINT: TO_COME.database } : {}),
    ...(plan.startsQueue ? { SQS_ENDPOINT: TO_COME.queue } : {}),
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value)),
    ...plan.variables,
    ...endpoints,
  });
}
