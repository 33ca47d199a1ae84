import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDbConnection, ServiceConfig } from '../lib/config.ts';
import { ConfigError, type Environment } from '../lib/environment.ts';
import { buildFunctions, distDir } from '../tools/buildFunctions.ts';
import { startEmbeddedDynamoDb } from './embeddedDynamoDb.ts';
import { ensureTable } from './ensureTable.ts';
import { createGateway, type InvokeFunction } from './gateway.ts';
import { createSeed } from './emulator/createSeed.ts';
import { startEmulator } from './emulator/startEmulator.ts';
import { planOffline, readFinalConfig, type OfflinePlan } from './offlineEnvironment.ts';
import type { OfflineKeys } from './offlineKeys.ts';
import { createTokenVerifier } from './offlineTokens.ts';
import { readService } from './readService.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { startServerlessOffline, type ServerlessOffline } from './serverlessOffline.ts';

/** The whole offline stage. */
export interface OfflineStage {
  /** `http://localhost:PORT` */
  readonly url: string;
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

async function prepareTable(place: DynamoDbConnection, tableName: string): Promise<void> {
  const client = createSdkClient(place);
  try {
    await ensureTable(client, tableName);
  } catch (error) {
    throw new ConfigError('DYNAMODB_ENDPOINT', `no table could be made at ${place.endpoint} (${describe(error)})`);
  } finally {
    client.destroy();
  }
}

/** @returns what tells the functions where it is */
async function startDatabase(closers: Closer[]): Promise<Environment> {
  const accessKeyId = randomBytes(16).toString('hex');
  const database = await startEmbeddedDynamoDb(accessKeyId);
  closers.push(database.close);
  return { DYNAMODB_ENDPOINT: database.endpoint, DYNAMODB_ACCESS_KEY_ID: accessKeyId };
}

/** @returns what tells the functions where it is */
async function startVendor({ vendorKey, upstream }: ServiceConfig, closers: Closer[]): Promise<Environment> {
  if (vendorKey.kind !== 'environment') throw new ConfigError('TENCENTCLOUD_SECRET_ID', 'is required and not set');
  const { secretId, secretKey, token } = vendorKey;
  const emulator = await startEmulator({
    secretId,
    secretKey: secretKey.reveal(),
    ...(token === undefined ? {} : { token: token.reveal() }),
    [upstream.api === 'v2' ? 'region' : 'api3Region']: upstream.region,
    ...(await createSeed()),
  });
  closers.push(emulator.close);
  return { IOTCLOUD_ENDPOINT: upstream.api === 'v2' ? emulator.endpoint : emulator.api3Endpoint };
}

async function startParts({ env, writeLog }: OfflineOptions, plan: OfflinePlan, closers: Closer[]): Promise<ServerlessOffline> {
  const endpoints = {
    ...(plan.startsDatabase ? await startDatabase(closers) : {}),
    ...(plan.startsEmulator ? await startVendor(readFinalConfig(env, plan, {}), closers) : {}),
  };
  const { dynamoDb, taskTable } = readFinalConfig(env, plan, endpoints);
  // One after the other: an esbuild that is cut off by the end of the process tells of it at length.
  await prepareTable(dynamoDb, taskTable);
  await buildFunctions(distDir);
  const functions = await startServerlessOffline({ ...env, ...plan.variables, ...endpoints }, writeLog);
  closers.push(functions.close);
  return functions;
}

/**
 * Starts the offline stage: gateway, functions, and whatever of database and emulator is not given.
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
  const gateway = createGateway({
    ...(await readService()),
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
    const { invoke, ended } = await startParts(options, plan, closers);
    functions.resolve(invoke);
    return { url: `http://localhost:${port}`, broken: ended, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
