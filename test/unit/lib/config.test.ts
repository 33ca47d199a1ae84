import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readBaseConfig, readServiceConfig, readStoreConfig } from '../../../lib/config.ts';
import { ConfigError, type Environment } from '../../../lib/environment.ts';

const localKey = randomBytes(32).toString('base64');
const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:vendor-AbCdEf';
const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1';
const role = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'ASIAx', AWS_SECRET_ACCESS_KEY: 'the-role-key' };
const withoutRole = { TENCENTCLOUD_SECRET_ID: 'AKIDx', TENCENTCLOUD_SECRET_KEY: 'the-secret-key', TASK_TABLE: 'tasks' };
const minimal = { ...withoutRole, ...role };

function complaintOf(env: Environment, read: (env: Environment) => unknown = readServiceConfig): ConfigError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was taken');
}

describe('readBaseConfig', () => {
  it('needs nothing', () => {
    expect(readBaseConfig({})).toEqual({ stage: 'dev', logLevel: 'INFO', productsClaim: 'optional', api: 'v2' });
  });

  it('reads stage, log level and the rule for products', () => {
    const env = { STAGE: 'prod', LOG_LEVEL: 'DEBUG', PRODUCTS_CLAIM: 'required', UNRELATED: '%' };
    expect(readBaseConfig(env)).toEqual({ stage: 'prod', logLevel: 'DEBUG', productsClaim: 'required', api: 'v2' });
  });

  it('reports a bad value of a variable it does not itself need', () => {
    expect(complaintOf({ IOTCLOUD_TIMEOUT_MS: '0' }, readBaseConfig).variable).toBe('IOTCLOUD_TIMEOUT_MS');
  });
});

describe('readServiceConfig', () => {
  it('has the defaults of the contract', () => {
    const { vendorKey, dynamoDb, ...config } = readServiceConfig(minimal);
    expect(config).toEqual({
      stage: 'dev',
      logLevel: 'INFO',
      productsClaim: 'optional',
      api: 'v2',
      upstream: {
        api: 'v2',
        endpoint: 'https://iotcloud.api.qcloud.com/v2/index.php',
        region: 'gz',
        account: 'default',
        signatureMethod: 'HmacSHA256',
        timeoutMs: 2500,
      },
      taskTable: 'tasks',
      wrappingKey: { kind: 'none' },
      batches: { resolveAfterS: 360, callsPerS: 4 },
    });
    expect(dynamoDb.region).toBe('eu-central-1');
    expect(vendorKey).toMatchObject({ kind: 'environment', secretId: 'AKIDx' });
    expect(vendorKey).not.toHaveProperty('token');
  });

  it('reads what is set', () => {
    const { upstream } = readServiceConfig({
      ...minimal,
      IOTCLOUD_ENDPOINT: 'http://127.0.0.1:8080/v2/index.php',
      IOTCLOUD_REGION: 'bj',
      IOTCLOUD_ACCOUNT: 'a.b_c@d-1',
      IOTCLOUD_SIGNATURE_METHOD: 'HmacSHA1',
      IOTCLOUD_TIMEOUT_MS: '30000',
    });
    expect(upstream).toEqual({
      api: 'v2',
      endpoint: 'http://127.0.0.1:8080/v2/index.php',
      region: 'bj',
      account: 'a.b_c@d-1',
      signatureMethod: 'HmacSHA1',
      timeoutMs: 30_000,
    });
  });

  it('takes an empty value for none', () => {
    const empty = { IOTCLOUD_ENDPOINT: '', TENCENTCLOUD_TOKEN: '', TENCENTCLOUD_SECRET_ARN: '', DYNAMODB_ENDPOINT: '', STAGE: '' };
    const config = readServiceConfig({ ...minimal, ...empty });
    expect([config.stage, config.upstream.endpoint, config.dynamoDb.endpoint]).toEqual([
      'dev',
      'https://iotcloud.api.qcloud.com/v2/index.php',
      'https://dynamodb.eu-central-1.amazonaws.com',
    ]);
    expect(config.vendorKey).not.toHaveProperty('token');
  });

  it.each(Object.keys(minimal))('demands %s', (variable) => {
    const error = complaintOf({ ...minimal, [variable]: undefined });
    expect([error.variable, error.message]).toEqual([variable, `${variable}: is required and not set`]);
  });
});

describe('API 3.0', () => {
  const api3 = { ...minimal, IOTCLOUD_API: '2018-06-14' };

  it('has an endpoint and a region of its own', () => {
    expect(readServiceConfig(api3).upstream).toEqual({
      api: '2018-06-14',
      endpoint: 'https://iotcloud.tencentcloudapi.com/',
      region: 'ap-guangzhou',
      account: 'default',
      timeoutMs: 2500,
    });
  });

  it('takes an endpoint that is a host alone', () => {
    const { upstream } = readServiceConfig({ ...api3, IOTCLOUD_ENDPOINT: 'http://127.0.0.1:8080', IOTCLOUD_REGION: 'ap-beijing' });
    expect(upstream).toMatchObject({ endpoint: 'http://127.0.0.1:8080', region: 'ap-beijing' });
  });

  it.each([
    ['IOTCLOUD_API', '2021-04-08', 'must be one of v2, 2018-06-14'],
    ['IOTCLOUD_SIGNATURE_METHOD', 'HmacSHA256', 'cannot be set beside IOTCLOUD_API=2018-06-14'],
    ['IOTCLOUD_ENDPOINT', 'https://iotcloud.api.qcloud.com/v2/index.php', 'must have no path beside IOTCLOUD_API=2018-06-14'],
    ['IOTCLOUD_REGION', 'gz', 'must be a region such as ap-guangzhou beside IOTCLOUD_API=2018-06-14'],
  ])('refuses %s=%s', (variable, value, complaint) => {
    const error = complaintOf({ ...api3, [variable]: value });
    expect([error.variable, error.message]).toEqual([variable, `${variable}: ${complaint}`]);
  });

  it('has regions that the query API has not', () => {
    const error = complaintOf({ ...minimal, IOTCLOUD_REGION: 'ap-guangzhou' });
    expect(error.message).toBe('IOTCLOUD_REGION: must be a region such as gz beside IOTCLOUD_API=v2');
  });
});

describe("the vendor's key", () => {
  it('comes from the environment, key and token as secrets', () => {
    const { vendorKey } = readServiceConfig({ ...minimal, TENCENTCLOUD_TOKEN: 'the-token' });
    const revealed = vendorKey.kind === 'environment' && [vendorKey.secretKey.reveal(), vendorKey.token?.reveal()];
    expect(revealed).toEqual(['the-secret-key', 'the-token']);
    expect(inspect(vendorKey, { depth: Infinity })).not.toMatch(/the-secret-key|the-token/);
  });

  it('comes from Secrets Manager if an ARN is set', () => {
    const { vendorKey } = readServiceConfig({ ...role, TASK_TABLE: 'tasks', TENCENTCLOUD_SECRET_ARN: arn });
    expect(vendorKey).toEqual({ kind: 'secretsManager', secretArn: arn });
  });

  it('cannot come from both', () => {
    expect(complaintOf({ ...minimal, TENCENTCLOUD_SECRET_ARN: arn }).variable).toBe('TENCENTCLOUD_SECRET_ARN');
  });
});

describe('the wrapping key', () => {
  it('is a KMS key, a local one, or none', () => {
    expect(readServiceConfig({ ...minimal, CREDENTIALS_KEY_ARN: keyArn }).wrappingKey).toEqual({ kind: 'kms', keyArn });
    const { wrappingKey } = readServiceConfig({ ...minimal, CREDENTIALS_LOCAL_KEY: localKey });
    expect(wrappingKey.kind === 'local' && wrappingKey.key.reveal()).toBe(localKey);
    expect(inspect(wrappingKey)).not.toContain(localKey);
  });

  it('cannot be both', () => {
    const error = complaintOf({ ...minimal, CREDENTIALS_KEY_ARN: keyArn, CREDENTIALS_LOCAL_KEY: localKey });
    expect(error.variable).toBe('CREDENTIALS_LOCAL_KEY');
    expect(error.message).not.toContain(localKey);
  });
});

describe('DynamoDB', () => {
  const DYNAMODB_ENDPOINT = 'http://127.0.0.1:8000';

  function placeOf(env: Environment) {
    const { endpoint, region, credentials } = readServiceConfig(env).dynamoDb;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return [endpoint, region, accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal()];
  }

  it("is the function's own region's, under its role", () => {
    const endpoint = 'https://dynamodb.eu-central-1.amazonaws.com';
    expect(placeOf({ ...minimal, AWS_SESSION_TOKEN: 'the-token' })).toEqual([endpoint, 'eu-central-1', 'ASIAx', 'the-role-key', 'the-token']);
    expect(placeOf({ ...minimal, AWS_REGION: 'cn-north-1' })[0]).toBe('https://dynamodb.cn-north-1.amazonaws.com.cn');
  });

  it.each([
    ['there are none', withoutRole],
    ['there are others, which an emulator may keep another database for', { ...minimal, AWS_SESSION_TOKEN: 'the-token' }],
  ])('gets a region and keys of no meaning if an emulator is named and %s', (_case, env) => {
    expect(placeOf({ ...env, DYNAMODB_ENDPOINT })).toEqual([DYNAMODB_ENDPOINT, 'us-east-1', 'offline', 'offline', undefined]);
  });

  it('takes the access key id of an emulator that answers to one alone', () => {
    const place = placeOf({ ...minimal, DYNAMODB_ENDPOINT, DYNAMODB_ACCESS_KEY_ID: 'a1B2' });
    expect(place).toEqual([DYNAMODB_ENDPOINT, 'us-east-1', 'a1B2', 'offline', undefined]);
  });

  it('shows no key', () => {
    const { dynamoDb } = readServiceConfig({ ...minimal, AWS_SESSION_TOKEN: 'the-token' });
    expect(inspect(dynamoDb, { depth: Infinity })).not.toMatch(/the-role-key|the-token/);
  });
});

describe('batches', () => {
  const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/batches';

  it('read what is set', () => {
    const env = { BATCH_QUEUE_URL: queueUrl, EVENT_BUS: 'arn:aws:events:eu-central-1:123456789012:event-bus/main', BATCH_RESOLVE_AFTER_S: '6', BATCH_CALLS_PER_S: '0.5' };
    expect(readServiceConfig({ ...minimal, ...env }).batches).toEqual({ queueUrl, eventBus: env.EVENT_BUS, resolveAfterS: 6, callsPerS: 0.5 });
  });

  it("reach an emulator's queue with keys of no meaning, or the one id it answers to", () => {
    const emulatorOf = (env: Environment) => readServiceConfig({ ...minimal, SQS_ENDPOINT: 'http://127.0.0.1:4566', ...env }).batches.queueEmulator;
    expect(emulatorOf({})).toMatchObject({ endpoint: 'http://127.0.0.1:4566', region: 'us-east-1', credentials: { accessKeyId: 'offline' } });
    expect(emulatorOf({ SQS_ACCESS_KEY_ID: 'a1B2' })?.credentials.accessKeyId).toBe('a1B2');
  });
});

describe('readStoreConfig', () => {
  it('needs the table alone, and no key to anything', () => {
    const { upstream, ...config } = readStoreConfig({ TASK_TABLE: 'tasks' });
    expect([upstream.account, config]).toEqual(['default', { taskTable: 'tasks' }]);
    expect(complaintOf({}, readStoreConfig).variable).toBe('TASK_TABLE');
  });

  it('tells where an emulator is', () => {
    const DYNAMODB_ENDPOINT = 'http://127.0.0.1:8000';
    expect(readStoreConfig({ TASK_TABLE: 'tasks', DYNAMODB_ENDPOINT }).emulator).toMatchObject({ endpoint: DYNAMODB_ENDPOINT });
  });
});

const bad: Record<string, string[]> = {
  STAGE: ['a b', 'x'.repeat(33), 'prod\n'],
  LOG_LEVEL: ['info', 'TRACE'],
  PRODUCTS_CLAIM: ['Required', 'true'],
  IOTCLOUD_ENDPOINT: [
    'iotcloud.api.qcloud.com',
    '/v2/index.php',
    'http://iotcloud.api.qcloud.com/v2/index.php',
    'http://127.0.0.1.evil.example/',
    'http://localhost.evil.example/',
    'http://10.0.0.1/',
    'ftp://127.0.0.1/',
    'https://user@vendor.example/',
    'https://user:password@vendor.example/',
    'https://vendor.example/?a=1',
    'https://vendor.example/?',
    'https://vendor.example/#a',
  ],
  IOTCLOUD_REGION: ['GZ', 'g z', 'x'.repeat(33)],
  IOTCLOUD_ACCOUNT: ['a#b', 'a b', 'x'.repeat(65)],
  IOTCLOUD_SIGNATURE_METHOD: ['hmacsha256', 'HmacSHA512'],
  IOTCLOUD_TIMEOUT_MS: ['0', '-1', '1.5', '1e3', ' 1', '0100', '30001', '99999', '100000', 'NaN'],
  TENCENTCLOUD_SECRET_ID: ['AKID x', 'x'.repeat(257)],
  TENCENTCLOUD_SECRET_KEY: ['key with blanks', 'key\n', 'schlüssel'],
  TENCENTCLOUD_TOKEN: ['token with blanks', 'token\n'],
  TENCENTCLOUD_SECRET_ARN: ['vendor-key', 'arn:'],
  TASK_TABLE: ['ab', 'a b c', 'x'.repeat(256)],
  DYNAMODB_ENDPOINT: [
    '127.0.0.1:8000',
    'file:///etc',
    'dynamodb',
    'http://127.0.0.1:8000/path',
    'http://127.0.0.1:8000/?',
    'http://127.0.0.1:8000#a',
    'http://user@127.0.0.1:8000',
  ],
  DYNAMODB_ACCESS_KEY_ID: ['a b', 'a/b', 'x'.repeat(129)],
  BATCH_QUEUE_URL: ['batches', 'arn:aws:sqs:eu-central-1:123456789012:batches', 'https://sqs.example/', 'https://sqs.example/1/b?', 'https://user@sqs.example/1/b', 'ftp://sqs.example/1/b'],
  SQS_ENDPOINT: ['127.0.0.1:4566', 'http://127.0.0.1:4566/path'],
  SQS_ACCESS_KEY_ID: ['a b', 'a/b', 'x'.repeat(129)],
  BATCH_RESOLVE_AFTER_S: ['0', '-1', '1.5', '901', '1000', ' 1', '0100', '1e2'],
  BATCH_CALLS_PER_S: ['0', '0.0', '-1', '1000', '1e2', '.5', '1.', '1,5'],
  EVENT_BUS: ['a b', 'x'.repeat(257), 'arn:'],
  AWS_REGION: ['EU', 'eu central', 'eu-central-1.evil.example/'],
  AWS_ACCESS_KEY_ID: ['ASIA x', 'ASIA\n'],
  AWS_SECRET_ACCESS_KEY: ['key\r', 'schlüssel'],
  AWS_SESSION_TOKEN: ['token with blanks', 'token\n'],
  CREDENTIALS_KEY_ARN: ['alias/x'],
  CREDENTIALS_LOCAL_KEY: [
    'too-short',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    randomBytes(32).toString('hex'),
    localKey.slice(0, -1),
  ],
};

describe('a bad value', () => {
  const cases = Object.entries(bad).flatMap(([variable, values]) => values.map((value) => [variable, value] as const));

  const isSecret = ([variable]: readonly [string, string]) => /^(?:TENCENTCLOUD|CREDENTIALS)_/.test(variable);

  it.each(cases)('of %s is one error that names it: %j', (variable, value) => {
    const error = complaintOf({ ...minimal, [variable]: value });
    expect(error).toMatchObject({ name: 'ConfigError', variable });
    expect(error.message).toMatch(new RegExp(`^${variable}: must be [^\n]+$`));
  });

  it.each(cases.filter(isSecret))('of %s stands nowhere in the error: %j', (variable, value) => {
    const error = complaintOf({ ...minimal, [variable]: value });
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(value);
  });

  it.each(['https://vendor.example/', 'http://localhost:1/', 'http://127.0.0.1:1/', 'http://127.1.2.3/', 'http://[::1]:8080/v2/index.php'])(
    'of the endpoint is not %s',
    (endpoint) => expect(readServiceConfig({ ...minimal, IOTCLOUD_ENDPOINT: endpoint }).upstream.endpoint).toBe(endpoint),
  );

  it('is reported for every variable that is read', () => {
    expect(Object.keys(bad)).toHaveLength(27);
  });
});
