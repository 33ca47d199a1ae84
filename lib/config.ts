import { ConfigError, parseVariables, requireVariable, type Environment, type Variables } from './environment.ts';
import { createSecret, type Secret } from './secret.ts';
import { readVendorApi, type VendorApiConfig } from './vendorApiConfig.ts';

/** The source of the vendor's key pair. */
export type VendorKeySource =
  | { readonly kind: 'environment'; readonly secretId: string; readonly secretKey: Secret; readonly token?: Secret }
  | { readonly kind: 'secretsManager'; readonly secretArn: string };

/** What wraps the data keys of stored credentials; `none`: credentials are never stored. */
export type WrappingKey =
  | { readonly kind: 'kms'; readonly keyArn: string }
  | { readonly kind: 'local'; readonly key: Secret }
  | { readonly kind: 'none' };

/** How a service of AWS's is reached: deployed with the role's keys, an emulator with any. */
export interface AwsConnection {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: Secret; readonly sessionToken?: Secret };
}

export interface BaseConfig {
  readonly stage: string;
  readonly logLevel: Variables['LOG_LEVEL'];
  readonly productsClaim: Variables['PRODUCTS_CLAIM'];
  /** Which of the vendor's APIs the stage calls: for its log and its metrics. */
  readonly api: Variables['IOTCLOUD_API'];
}

export type UpstreamConfig = VendorApiConfig & {
  readonly account: string;
  readonly timeoutMs: number;
};

/** What a script needs to find the stored tasks of an account. */
export interface StoreConfig {
  readonly upstream: UpstreamConfig;
  readonly taskTable: string;
  /** If one is named; AWS itself is reached with the operator's own keys. */
  readonly emulator?: AwsConnection;
}

/** What the batches of devices need. A function that has to do with none is told no queue. */
export interface BatchConfig {
  readonly queueUrl?: string;
  /** Of the queue, if it is an emulator's; AWS itself is reached as its SDK finds it. */
  readonly queueEmulator?: AwsConnection;
  /** The bus that is told of completed batches, by name or ARN; left out, none is. */
  readonly eventBus?: string;
  /** When an unknown creation is first looked up. */
  readonly resolveAfterS: number;
  /** Calls of the vendor's that one process may make a second. */
  readonly callsPerS: number;
}

export interface ServiceConfig extends BaseConfig {
  readonly upstream: UpstreamConfig;
  readonly vendorKey: VendorKeySource;
  readonly taskTable: string;
  readonly dynamoDb: AwsConnection;
  readonly wrappingKey: WrappingKey;
  readonly batches: BatchConfig;
}

function readVendorKey(values: Variables): VendorKeySource {
  if (values.TENCENTCLOUD_SECRET_ARN !== undefined) {
    if (values.TENCENTCLOUD_SECRET_KEY !== undefined)
      throw new ConfigError('TENCENTCLOUD_SECRET_ARN', 'cannot be set beside TENCENTCLOUD_SECRET_KEY');
    return { kind: 'secretsManager', secretArn: values.TENCENTCLOUD_SECRET_ARN };
  }
  const token = values.TENCENTCLOUD_TOKEN;
  return {
    kind: 'environment',
    secretId: requireVariable('TENCENTCLOUD_SECRET_ID', values),
    secretKey: createSecret(requireVariable('TENCENTCLOUD_SECRET_KEY', values)),
    ...(token === undefined ? {} : { token: createSecret(token) }),
  };
}

function readWrappingKey(values: Variables): WrappingKey {
  const { CREDENTIALS_KEY_ARN: keyArn, CREDENTIALS_LOCAL_KEY: localKey } = values;
  if (keyArn !== undefined && localKey !== undefined)
    throw new ConfigError('CREDENTIALS_LOCAL_KEY', 'cannot be set beside CREDENTIALS_KEY_ARN');
  if (keyArn !== undefined) return { kind: 'kms', keyArn };
  return localKey === undefined ? { kind: 'none' } : { kind: 'local', key: createSecret(localKey) };
}

/**
 * An emulator takes any region and any keys, but may keep a database for each: so everybody uses the same.
 * @param endpoint such as `http://127.0.0.1:8000`
 * @param accessKeyId of an emulator that answers to one alone, as the database of `npm start` does
 */
export function emulatorConnection(endpoint: string, accessKeyId = 'offline'): AwsConnection {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: createSecret('offline') } };
}

function readKeys(values: Variables): AwsConnection['credentials'] {
  const token = values.AWS_SESSION_TOKEN;
  return {
    accessKeyId: requireVariable('AWS_ACCESS_KEY_ID', values),
    secretAccessKey: createSecret(requireVariable('AWS_SECRET_ACCESS_KEY', values)),
    ...(token === undefined ? {} : { sessionToken: createSecret(token) }),
  };
}

/** In the function's own region under its role, unless an emulator is named. */
function readDynamoDb(values: Variables): AwsConnection {
  const endpoint = values.DYNAMODB_ENDPOINT;
  if (endpoint !== undefined) return emulatorConnection(endpoint, values.DYNAMODB_ACCESS_KEY_ID);
  const region = requireVariable('AWS_REGION', values);
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { endpoint: `https://dynamodb.${region}.${domain}`, region, credentials: readKeys(values) };
}

function readBatches(values: Variables): BatchConfig {
  const { BATCH_QUEUE_URL: queueUrl, SQS_ENDPOINT: endpoint, EVENT_BUS: eventBus } = values;
  return {
    ...(queueUrl === undefined ? {} : { queueUrl }),
    ...(endpoint === undefined ? {} : { queueEmulator: emulatorConnection(endpoint, values.SQS_ACCESS_KEY_ID) }),
    ...(eventBus === undefined ? {} : { eventBus }),
    resolveAfterS: Number(values.BATCH_RESOLVE_AFTER_S),
    callsPerS: Number(values.BATCH_CALLS_PER_S),
  };
}

function baseConfig(values: Variables): BaseConfig {
  return { stage: values.STAGE, logLevel: values.LOG_LEVEL, productsClaim: values.PRODUCTS_CLAIM, api: values.IOTCLOUD_API };
}

function readUpstream(values: Variables): UpstreamConfig {
  return { ...readVendorApi(values), account: values.IOTCLOUD_ACCOUNT, timeoutMs: Number(values.IOTCLOUD_TIMEOUT_MS) };
}

/** The part every function needs; works in an empty environment. @throws ConfigError naming the variable. */
export function readBaseConfig(env: Environment = process.env): BaseConfig {
  return baseConfig(parseVariables(env));
}

/** The stage's name alone, for the log line that says the rest of the configuration is wrong. */
export function readStageName(env: Environment = process.env): string {
  try {
    return parseVariables({ STAGE: env['STAGE'] }).STAGE;
  } catch {
    return 'unknown';
  }
}

/** The part that names the store and the account. @throws ConfigError naming the variable. */
export function readStoreConfig(env: Environment = process.env): StoreConfig {
  const values = parseVariables(env);
  const emulator = values.DYNAMODB_ENDPOINT === undefined ? {} : { emulator: readDynamoDb(values) };
  return { upstream: readUpstream(values), taskTable: requireVariable('TASK_TABLE', values), ...emulator };
}

/** The whole configuration of the functions that reach the vendor or the table. @throws ConfigError. */
export function readServiceConfig(env: Environment = process.env): ServiceConfig {
  const values = parseVariables(env);
  return {
    ...baseConfig(values),
    upstream: readUpstream(values),
    vendorKey: readVendorKey(values),
    taskTable: requireVariable('TASK_TABLE', values),
    dynamoDb: readDynamoDb(values),
    wrappingKey: readWrappingKey(values),
    batches: readBatches(values),
  };
}
