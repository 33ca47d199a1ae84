import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsConnection, ServiceConfig } from '../lib/config.ts';
import { ConfigError, type Environment } from '../lib/environment.ts';
import { buildFunctions, distDir } from '../tools/buildFunctions.ts';
import { startEmbeddedDynamoDb } from './embeddedDynamoDb.ts';
import { startEmbeddedSqs } from './embeddedSqs.ts';
import { ensureTable } from './ensureTable.ts';
import { createGateway, type InvokeFunction } from './gateway.ts';
import { createSeed } from './emulator/createSeed.ts';
import { startEmulator } from './emulator/startEmulator.ts';
import { planOffline, readFinalConfig, type OfflinePlan } from './offlineEnvironment.ts';
import type { OfflineKeys } from './offlineKeys.ts';
import { createTokenVerifier } from './offlineTokens.ts';
import { readService, type QueueConsumer } from './readService.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { openQueue } from './offlineQueue.ts';
import { startServerlessOffline, type ServerlessOffline } from './serverlessOffline.ts';

/** The whole offline stage. */
export interface OfflineStage {
  /** `http://localhost:PORT` */
  readonly url: string;
  /** Whether another start, of the same table and vendor, goes on with the batches of this one. */
  readonly keepsBatches: boolean;
  /** Resolves when the functions' process has ended by itself. */
  readonly broken: Promise<void>;
  readonly close: () => Promise<void>;
}

export interface OfflineOptions {
  /** In place of the process's own. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes the functions' log lines; they are printed if it is left out. */
  readonly writeLog: (line: string) => void;
}

type Closer = () => Promise<void>;

async function listen(gateway: Server, port: number): Promise<number> {
  gateway.listen(port, '127.0.0.1');
  await once(gateway, 'listening');
  return (gateway.address() as AddressInfo).port; // a TCP server has one
}

const describe = (error: unknown) => (error instanceof Error ? error.message || error.name : String(error));

async function prepareTable(place: AwsConnection, tableName: string): Promise<void> {
  const client = createSdkClient(place);
  try {
    await ensureTable(client, tableName);
  } catch (error) {
    throw new ConfigError('DYNAMODB_ENDPOINT', `no table could be made at ${place.endpoint} (${describe(error)})`);
  } finally {
    client.destroy();
  }
}

/** The secret of a start, without which an embedded part does not answer. */
const makeKeyId = () => randomBytes(16).toString('hex');

/** @returns what tells the functions where it is */
async function startQueue(closers: Closer[]): Promise<Environment> {
  const accessKeyId = makeKeyId();
  const queue = await startEmbeddedSqs(accessKeyId);
  closers.push(queue.close);
  return { SQS_ENDPOINT: queue.endpoint, SQS_ACCESS_KEY_ID: accessKeyId };
}

/** @returns what tells the functions where it is */
async function startDatabase(closers: Closer[]): Promise<Environment> {
  const accessKeyId = makeKeyId();
  const database = await startEmbeddedDynamoDb(accessKeyId);
  closers.push(database.close);
  return { DYNAMODB_ENDPOINT: database.endpoint, DYNAMODB_ACCESS_KEY_ID: accessKeyId };
}

/** @returns what tells the functions where it is */
async function startVendor({ vendorKey, upstream }: ServiceConfig, lostAnswers: number, closers: Closer[]): Promise<Environment> {
  if (vendorKey.kind !== 'environment') throw new ConfigError('TENCENTCLOUD_SECRET_ID', 'is required and not set');
  const { secretId, secretKey, token } = vendorKey;
  const emulator = await startEmulator({
    secretId,
    secretKey: secretKey.reveal(),
    ...(token === undefined ? {} : { token: token.reveal() }),
    [upstream.api === 'v2' ? 'region' : 'api3Region']: upstream.region,
    mishaps: { lostAnswers },
    ...(await createSeed()),
  });
  closers.push(emulator.close);
  return { IOTCLOUD_ENDPOINT: upstream.api === 'v2' ? emulator.endpoint : emulator.api3Endpoint };
}

const SWEEP = 'sweepDeviceBatches';

async function startParts({ env, writeLog }: OfflineOptions, plan: OfflinePlan, consumer: QueueConsumer, closers: Closer[]): Promise<ServerlessOffline> {
  const endpoints = {
    ...(plan.startsDatabase ? await startDatabase(closers) : {}),
    ...(plan.startsQueue ? await startQueue(closers) : {}),
    ...(plan.startsEmulator ? await startVendor(readFinalConfig(env, plan, {}), plan.lostAnswers, closers) : {}),
  };
  const { dynamoDb, taskTable, batches } = readFinalConfig(env, plan, endpoints);
  // One after the other: an esbuild that is cut off by the end of the process tells of it at length.
  await prepareTable(dynamoDb, taskTable);
  const queue = await openQueue(batches);
  closers.push(queue.close);
  await buildFunctions(distDir);
  const functions = await startServerlessOffline({ ...env, ...plan.variables, ...endpoints, BATCH_QUEUE_URL: queue.url }, writeLog);
  closers.push(functions.close);
  queue.poll(consumer, functions.invoke);
  // What an earlier start left open in a table of the user's own; if that fails, the function's log says so.
  functions.invoke(SWEEP, {}).catch(() => undefined);
  return functions;
}

/**
 * Starts the offline stage: gateway, functions, and whatever of database, queue and emulator is not given.
 * @throws ConfigError, or the error of the part that did not start; nothing is left running then
 */
export async function startOffline(keys: OfflineKeys, given: Partial<OfflineOptions> = {}): Promise<OfflineStage> {
  const options = { env: process.env, writeLog: console.log, ...given };
  const plan = planOffline(options.env, keys);
  const closers: Closer[] = [];
  const closeAll = async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  };
  const functions = Promise.withResolvers<InvokeFunction>();
  const { routes, cors, consumer } = await readService();
  const gateway = createGateway({
    routes,
    cors,
    verifyToken: await createTokenVerifier(keys),
    invoke: async (...call) => (await functions.promise)(...call),
  });
  try {
    // First, so that a port in use is told before anything else is started; early requests wait.
    const port = await listen(gateway, plan.port);
    closers.push(async () => {
      gateway.close();
      gateway.closeAllConnections();
    });
    const { invoke, ended } = await startParts(options, plan, consumer, closers);
    functions.resolve(invoke);
    return { url: `http://localhost:${port}`, keepsBatches: !plan.startsDatabase && !plan.startsEmulator, broken: ended, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
