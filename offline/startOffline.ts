import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { DynamoDbPlace } from '../lib/config.ts';
import { ConfigError } from '../lib/environment.ts';
import { buildFunctions, distDir } from '../scripts/build.ts';
import type { CorsRules } from './cors.ts';
import { startEmbeddedDynamoDb } from './embeddedDynamoDb.ts';
import { ensureTable } from './ensureTable.ts';
import { createFront } from './front.ts';
import { createSeed } from './legacyEmulator/seed.ts';
import { startLegacyEmulator } from './legacyEmulator/startLegacyEmulator.ts';
import { planOffline, readFinalConfig, type OfflinePlan } from './offlineEnvironment.ts';
import type { OfflineKeys } from './offlineKeys.ts';
import { createTokenVerifier } from './offlineTokens.ts';
import { root } from './paths.ts';
import { createSdkClient } from './sdkClient.ts';
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
  /** Takes the functions' log lines; they are printed where it is left out. */
  readonly writeLog: (line: string) => void;
}

type Closer = () => Promise<void>;

async function readCorsRules(): Promise<CorsRules> {
  const service: { params: { default: object; offline: object } } = parse(await readFile(join(root, 'serverless.yml'), 'utf8'));
  const rules: CorsRules = parse(await readFile(join(root, 'infrastructure', 'cors.yml'), 'utf8'));
  const { allowedOrigins = [] } = { ...service.params.default, ...service.params.offline } as Partial<CorsRules>;
  return { ...rules, allowedOrigins };
}

async function listen(front: Server, port: number): Promise<number> {
  front.listen(port, '127.0.0.1');
  await once(front, 'listening');
  return (front.address() as AddressInfo).port; // a TCP server has one
}

const describe = (error: unknown) => (error instanceof Error ? error.message || error.name : String(error));

async function prepareTable(place: DynamoDbPlace, tableName: string): Promise<void> {
  const client = createSdkClient(place);
  try {
    await ensureTable(client, tableName);
  } catch (error) {
    throw new ConfigError('DYNAMODB_ENDPOINT', `no table could be made at ${place.endpoint} (${describe(error)})`);
  } finally {
    client.destroy();
  }
}

async function startParts({ env, writeLog }: OfflineOptions, plan: OfflinePlan, closers: Closer[]): Promise<ServerlessOffline> {
  const endpoints: Record<string, string> = {};
  const config = readFinalConfig(env, plan, endpoints);
  if (plan.startsDatabase) {
    const database = await startEmbeddedDynamoDb();
    closers.push(database.close);
    endpoints['DYNAMODB_ENDPOINT'] = database.endpoint;
  }
  if (plan.startsEmulator && config.vendorKey.kind === 'environment') {
    const { secretId, secretKey, token } = config.vendorKey;
    const emulator = await startLegacyEmulator({
      secretId,
      secretKey: secretKey.reveal(),
      ...(token === undefined ? {} : { token: token.reveal() }),
      region: config.upstream.region,
      ...(await createSeed()),
    });
    closers.push(emulator.close);
    endpoints['IOTCLOUD_ENDPOINT'] = emulator.endpoint;
  }
  const { dynamoDb, taskTable } = readFinalConfig(env, plan, endpoints);
  await prepareTable(dynamoDb, taskTable);
  await buildFunctions(distDir);
  const functions = await startServerlessOffline({ ...env, ...plan.variables, ...endpoints }, writeLog);
  closers.push(functions.close);
  return functions;
}

/**
 * Starts the offline stage: front, functions, and whatever of database and emulator is not given.
 * @throws ConfigError, or the error of the part that did not start; nothing is left running then
 */
export async function startOffline(keys: OfflineKeys, given: Partial<OfflineOptions> = {}): Promise<OfflineStage> {
  const options = { env: process.env, writeLog: console.log, ...given };
  const plan = planOffline(options.env, keys);
  const closers: Closer[] = [];
  const closeAll = async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  };
  const inner = Promise.withResolvers<number>();
  const front = createFront({
    verifyToken: await createTokenVerifier(keys),
    cors: await readCorsRules(),
    innerPort: inner.promise,
  });
  try {
    // First, so that a port in use is told before anything else is started; early requests wait.
    const port = await listen(front, plan.port);
    closers.push(async () => {
      front.close();
      front.closeAllConnections();
    });
    const functions = await startParts(options, plan, closers);
    inner.resolve(functions.port);
    return { url: `http://localhost:${port}`, broken: functions.ended, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
