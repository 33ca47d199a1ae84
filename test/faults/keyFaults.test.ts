import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSecretsManagerKeys } from '../../lib/upstream/secretsManagerKeys.ts';
import { emulatorKey } from '../support/emulatorClient.ts';
import { startFakeKms, startFakeSecretsManager } from '../support/fakeAws.ts';
import { startFaultProxy, type FaultProxy } from '../support/faultProxy.ts';
import { startScriptedUpstream, type RecordedRequest } from '../support/scriptedUpstream.ts';
import type { TestVendorApi } from '../support/vendorApi.ts';
import { vendorApis } from '../support/vendorApis.ts';
import { describeItems, describeReply, passTime, results, startFaultStage, task, waitForNothing, type FaultStage } from './faultStage.ts';

const HIT = '200 `hit`';

let stage: FaultStage;
let fake: Awaited<ReturnType<typeof startFakeKms>>;
let kms: FaultProxy;
beforeAll(async () => {
  stage = await startFaultStage();
  fake = await startFakeKms();
  kms = await startFaultProxy({ target: fake.origin, onHeld: () => passTime() });
  // What Lambda sets, and where this SDK finds KMS.
  vi.stubEnv('AWS_REGION', 'us-east-1').stubEnv('AWS_ACCESS_KEY_ID', 'offline').stubEnv('AWS_SECRET_ACCESS_KEY', 'offline');
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', kms.origin);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await kms.close();
  await fake.close();
  await stage.close();
});
waitForNothing(() => kms.heal());

const open = (vendorApi: TestVendorApi) => {
  kms.clear();
  return stage.open(vendorApi, { CREDENTIALS_LOCAL_KEY: '', CREDENTIALS_KEY_ARN: 'arn:aws:kms:us-east-1:111122223333:key/example' });
};
const withSecrets = { query: 'include=credentials' };
const secretAnswer = { status: 200, json: { devices: [{ credentials: { privateKey: expect.any(String) } }, {}] } };

describe.each(vendorApis)('over $name', (vendorApi) => {
  describe('a KMS in order', () => {
    it('is asked once a read with secrets, over one connection, and never without', async () => {
      const api = open(vendorApi);
      expect(describeReply(await api.send(results))).toBe('200 `fwd=miss; stored`');
      for (let count = 1; count <= 5; count += 1) expect(describeReply(await api.send(results, withSecrets))).toBe(HIT);
      expect(describeReply(await api.send(results))).toBe(HIT);
      expect(kms.requests.map(({ name }) => name)).toEqual(['GenerateDataKey', ...Array.from({ length: 5 }, () => 'Decrypt')]);
      expect(kms.countConnections()).toBe(1);
    });
  });

  describe.each(['hang', 'trickle', 'status-500', 'reset-after-request', 'html'] as const)('a KMS that fails by %s', (fault) => {
    it('sends reads with secrets to the vendor, and no others', async () => {
      const api = open(vendorApi);
      await api.send(results);
      kms.fail(fault);
      const reply = await api.send(results, withSecrets);
      expect(reply).toMatchObject(secretAnswer);
      expect(describeReply(reply)).toBe('200 `fwd=bypass`');
      expect(describeReply(await api.send(results))).toBe(HIT);
      expect(describeReply(await api.send(task))).toBe(HIT);
      await kms.heal();
      const healed = await api.send(results, withSecrets);
      expect(healed).toMatchObject(secretAnswer);
      expect(describeReply(healed)).toBe(HIT);
    });

    it('lets nothing be stored, half or whole, and keeps no answer back', async () => {
      const api = open(vendorApi);
      kms.fail(fault);
      expect(describeReply(await api.send(results))).toBe('200 `fwd=miss`');
      expect(describeItems(await api.items())).toBe('nothing');
      await kms.heal();
      expect(describeReply(await api.send(results))).toBe('200 `fwd=miss; stored`');
    });
  });

  describe('what the operator is told of a KMS that fails', () => {
    const faultLines = (logLines: readonly string[]) =>
      logLines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ KmsFailure }) => KmsFailure === 1); // our own lines

    it('after two attempts: its own error, not ours', async () => {
      for (const [fault, errorName] of [['hang', 'TimeoutError'], ['throttle', 'ProvisionedThroughputExceededException']] as const) {
        const api = open(vendorApi);
        kms.fail(fault);
        expect(describeReply(await api.send(results))).toBe('200 `fwd=miss`');
        expect(kms.requests.map(({ name }) => name)).toEqual(['GenerateDataKey', 'GenerateDataKey']);
        expect(faultLines(api.logLines)).toMatchObject([{ event: 'cache-write-failed', errorName }]);
        await kms.heal();
      }
    });
  });

  describe("the vendor's session token", () => {
    it('is read again when the vendor refuses it, and the read is answered', async () => {
      const secret = { ...emulatorKey, token: 'old-token' };
      const manager = await startFakeSecretsManager(secret);
      const tokens: (string | undefined)[] = [];
      const answer = (request: RecordedRequest) => {
        const token = vendorApi.tokenOf(request);
        tokens.push(token);
        return token === secret.token ? vendorApi.answers.running('abcdedf123456789') : vendorApi.answers.refusedToken;
      };
      const upstream = await startScriptedUpstream({ otherwise: answer });
      vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.origin);
      try {
        const TENCENTCLOUD_SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:vendor-AbCdEf';
        const key = { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: '', TENCENTCLOUD_SECRET_ARN };
        const api = stage.open(vendorApi, { ...vendorApi.configure(upstream.origin), ...key });
        expect(await api.send(task)).toMatchObject({ status: 200, json: { status: 'running' } });
        secret.token = 'new-token';
        expect(await api.send(task)).toMatchObject({ status: 200, json: { status: 'running' } });
        expect(tokens).toEqual(['old-token', 'old-token', 'new-token']);
      } finally {
        await Promise.all([manager.close(), upstream.close()]);
      }
    });
  });
});

describe('a Secrets Manager that hangs', () => {
  it('fails the read of the key after two seconds, and is asked again by the next', async () => {
    const asked: number[] = [];
    const answers = [new Promise<string>(() => {}), Promise.resolve('{"secretId":"AKID","secretKey":"key"}')];
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      asked.push(ms);
      const controller = new AbortController();
      if (asked.length === 1) queueMicrotask(() => controller.abort());
      return controller.signal;
    });
    const keys = createSecretsManagerKeys(() => answers.shift() ?? Promise.reject(new Error('asked too often')), { now: Date.now, sleep: () => Promise.resolve() });
    await expect(keys.current()).rejects.toThrow('the vendor secret was not read in time');
    expect(await keys.current()).toMatchObject({ secretId: 'AKID' });
    expect(asked).toEqual([2000, 2000]);
    timeout.mockRestore();
  });
});
