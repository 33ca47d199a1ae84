import { describe, expect, it } from 'vitest';
import { planOffline, readFinalConfig } from '../../../offline/offlineEnvironment.ts';

const keys = { tokenKey: {}, credentialsLocalKey: Buffer.alloc(32, 1).toString('base64') };
const vendor = { IOTCLOUD_ENDPOINT: 'https://iotcloud.example/', TENCENTCLOUD_SECRET_ID: 'AKIDx', TENCENTCLOUD_SECRET_KEY: 'key' };
const accountOf = (env: Record<string, string>) => readFinalConfig(env, planOffline(env, keys), {}).upstream.account;

describe('planOffline', () => {
  it('starts emulator, database and queue unless one is named', () => {
    expect(planOffline({}, keys)).toMatchObject({ port: 3000, startsEmulator: true, startsDatabase: true, startsQueue: true });
    const given = { ...vendor, DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000', SQS_ENDPOINT: 'http://127.0.0.1:4566', PORT: '0' };
    expect(planOffline(given, keys)).toMatchObject({ port: 0, startsEmulator: false, startsDatabase: false, startsQueue: false });
  });

  it('gives each start with the emulator an account of its own, unless one is set', () => {
    expect(accountOf({})).toMatch(/^offline-[0-9a-f]{12}$/);
    expect(accountOf({})).not.toBe(accountOf({}));
    expect(accountOf({ IOTCLOUD_ACCOUNT: 'mine' })).toBe('mine');
    expect(accountOf(vendor)).toBe('default');
  });

  it('makes the keys it needs and is not given', () => {
    const { variables } = planOffline({}, keys);
    expect(variables).toMatchObject({ CREDENTIALS_LOCAL_KEY: keys.credentialsLocalKey, TENCENTCLOUD_SECRET_ID: expect.stringMatching(/^AKID/) });
    expect(variables['TENCENTCLOUD_SECRET_KEY']).not.toBe(planOffline({}, keys).variables['TENCENTCLOUD_SECRET_KEY']);
    expect(planOffline(vendor, keys).variables).not.toHaveProperty('TENCENTCLOUD_SECRET_KEY');
  });

  it.each([
    [{ PORT: 'http' }, 'PORT'],
    [{ TENCENTCLOUD_SECRET_ARN: 'arn:aws:secretsmanager:x' }, 'TENCENTCLOUD_SECRET_ARN'],
    [{ IOTCLOUD_ENDPOINT: 'https://iotcloud.example/' }, 'TENCENTCLOUD_SECRET_ID'],
    [{ EMULATOR_LOST_ANSWERS: '1.5' }, 'EMULATOR_LOST_ANSWERS'],
    [{ EMULATOR_LOST_ANSWERS: 'many' }, 'EMULATOR_LOST_ANSWERS'],
    [{ BATCH_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/batches' }, 'BATCH_QUEUE_URL'],
  ])('names the variable that is wrong: %o', (env, variable) => {
    expect(() => planOffline(env, keys)).toThrow(expect.objectContaining({ name: 'ConfigError', variable }));
  });
});
