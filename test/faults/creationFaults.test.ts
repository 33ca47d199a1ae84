import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { emulatorKey } from '../support/emulatorClient.ts';
import { startFakeSecretsManager } from '../support/fakeAws.ts';
import { startScriptedUpstream, type ScriptedAnswer, type ScriptedUpstream } from '../support/scriptedUpstream.ts';
import { vendorApis } from '../support/vendorApis.ts';
import { startFaultStage, type FaultApi, type FaultStage } from './faultStage.ts';

const PATH = '/v1/products/ABCED12345/device-tasks';

let stage: FaultStage;
beforeAll(async () => {
  stage = await startFaultStage();
});
afterAll(() => stage.close());
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0)); // no pause between attempts
afterEach(async () => {
  vi.unstubAllEnvs();
  await stage.heal();
});

let serial = 0;
/** The same creation as often as it is called. */
function prepareCreation(api: FaultApi) {
  serial += 1;
  const body = JSON.stringify({ deviceNames: [`faulty-${serial}`] });
  const headers = { 'content-type': 'application/json', 'idempotency-key': `faulty-${serial}` };
  return () => api.send(PATH, { method: 'POST', headers, body });
}

describe.each(vendorApis)('over $name', (vendorApi) => {
  const creations = () => stage.stack.emulator.countCalls(vendorApi.actions.creation);

  describe('a claim whose answer is lost', () => {
    it('does not keep the repeat out that its error asks for', async () => {
      const api = stage.open(vendorApi);
      const create = prepareCreation(api);
      stage.table.fail('reset-after-request', { names: ['PutItem'] });
      expect(await create()).toMatchObject({ status: 503, json: { code: 'idempotency-unavailable', retryable: true } });
      expect([creations(), await api.countItems()]).toEqual([0, 0]);
      await stage.table.heal();
      expect((await create()).status).toBe(202);
      expect(creations()).toBe(1);
    });

    it('is told to the operator where it cannot be taken back', async () => {
      const api = stage.open(vendorApi);
      stage.table.fail('refuse');
      expect(await prepareCreation(api)()).toMatchObject({ status: 503 });
      const events = api.logLines.map((line) => (JSON.parse(line) as { event: string }).event); // our own lines
      expect(events).toEqual(['idempotency-unavailable', 'claim-not-released', 'request']);
    });
  });

  describe('a release whose answer is lost', () => {
    it('is one all the same, and no fault', async () => {
      const api = stage.open(vendorApi);
      stage.vendor.fail('refuse');
      stage.table.fail('reset-after-request', { names: ['DeleteItem'], times: 1 });
      expect(await prepareCreation(api)()).toMatchObject({ status: 503, json: { code: 'upstream-unavailable' } });
      expect(await api.countItems()).toBe(0);
      expect(api.logLines.join('\n')).not.toContain('creation-not-recorded');
    });
  });

  describe('a task the vendor created and the table could not record', () => {
    const NOTE_ATTEMPTS = 2;
    const COMPLETE_ATTEMPTS = 2;
    let upstream: ScriptedUpstream;
    let breakTable: () => void = () => {};
    beforeAll(async () => {
      // The claim is made by now; what comes next is the record of what the vendor answers here.
      const answer = () => {
        breakTable();
        return vendorApi.answers.running('abcdedf123456789');
      };
      upstream = await startScriptedUpstream({ otherwise: answer });
    });
    afterAll(() => upstream.close());

    it('is answered, and its repeat learns at once that nobody knows', async () => {
      const api = stage.open(vendorApi, vendorApi.configure(upstream.origin));
      const create = prepareCreation(api);
      const sent = upstream.requests.length;
      breakTable = () => stage.table.fail('throttle', { names: ['BatchWriteItem', 'PutItem'], times: NOTE_ATTEMPTS + COMPLETE_ATTEMPTS });
      expect(await create()).toMatchObject({ status: 202, json: { taskId: 'abcdedf123456789' } });
      expect(await create()).toMatchObject({ status: 504, json: { code: 'task-creation-unknown', retryable: false } });
      expect(upstream.requests.length - sent).toBe(1);
      expect(api.logLines.filter((line) => line.includes('"event":"creation-not-recorded"'))).toHaveLength(2);
    });

    it('is replayed where only the answers of its record were lost', async () => {
      const api = stage.open(vendorApi, vendorApi.configure(upstream.origin));
      const create = prepareCreation(api);
      const sent = upstream.requests.length;
      breakTable = () => stage.table.fail('reset-after-request', { names: ['BatchWriteItem', 'PutItem'], times: NOTE_ATTEMPTS + COMPLETE_ATTEMPTS });
      const first = await create();
      expect(first).toMatchObject({ status: 202, json: { taskId: 'abcdedf123456789' } });
      expect(await create()).toMatchObject({ status: 202, json: first.json, headers: { 'idempotency-replayed': 'true' } });
      expect(upstream.requests.length - sent).toBe(1);
    });
  });

  describe("the vendor's key out of reach", () => {
    it('is a fault of ours that sends nothing and frees the key of the creation', async () => {
      vi.stubEnv('AWS_REGION', 'us-east-1').stubEnv('AWS_ACCESS_KEY_ID', 'offline').stubEnv('AWS_SECRET_ACCESS_KEY', 'offline');
      vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${await freePort()}`);
      const TENCENTCLOUD_SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:vendor-AbCdEf';
      const api = stage.open(vendorApi, { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: '', TENCENTCLOUD_SECRET_ARN });
      const create = prepareCreation(api);
      expect(await create()).toMatchObject({ status: 500, json: { code: 'internal-error', retryable: false } });
      expect([creations(), await api.countItems()]).toEqual([0, 0]);
      expect(api.logLines.at(-1)).toContain('"errorName":"Error"');
      const fake = await startFakeSecretsManager(emulatorKey);
      try {
        vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', fake.origin);
        expect((await create()).status).toBe(202);
        expect([creations(), fake.targets]).toEqual([1, ['GetSecretValue']]);
      } finally {
        await fake.close();
      }
    });
  });

  describe('a creation the vendor refuses', () => {
    const { refusals } = vendorApi;
    let refusing: ScriptedUpstream;
    let answer: ScriptedAnswer;
    let api: FaultApi;
    beforeAll(async () => {
      refusing = await startScriptedUpstream({ otherwise: () => answer });
      api = stage.open(vendorApi, vendorApi.configure(refusing.origin));
    });
    afterAll(() => refusing.close());

    async function expectUnknown(refusal: ScriptedAnswer): Promise<void> {
      const create = prepareCreation(api);
      const sent = refusing.requests.length;
      answer = refusal;
      const unknown = { status: 504, json: { code: 'task-creation-unknown', retryable: false } };
      expect(await create()).toMatchObject(unknown);
      answer = vendorApi.answers.running('abcdedf123456789');
      expect(await create()).toMatchObject(unknown);
      expect(refusing.requests.length - sent).toBe(1);
    }

    it.each(refusals.definite)('with %s is definite, %s, and frees its key', async (code, problem) => {
      const create = prepareCreation(api);
      answer = refusals.refuse(code);
      expect(await create()).toMatchObject({ json: { code: problem } });
      answer = vendorApi.answers.running('abcdedf123456789');
      expect(await create()).toMatchObject({ status: 202 });
    });

    it.each(refusals.inconclusive)('with %s is unknown, as its key is from then on, and is sent once', async (code) => {
      await expectUnknown(refusals.refuse(code));
    });

    it('with any code the table does not name is unknown, as its key is from then on, and is sent once', async () => {
      await fc.assert(fc.asyncProperty(refusals.unnamed, expectUnknown), { numRuns: 40 });
    });
  });
});
