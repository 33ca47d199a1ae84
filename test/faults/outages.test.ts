import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { emulatorConnection } from '../../lib/config.ts';
import { failed } from '../../lib/upstream/failure.ts';
import { ensureTable } from '../../offline/ensureTable.ts';
import { createSdkClient } from '../../tools/createSdkClient.ts';
import { startEmulator } from '../../offline/emulator/startEmulator.ts';
import { startDatabaseProcess, type DatabaseProcess } from '../support/databaseChild.ts';
import { emulatorKey } from '../support/emulatorClient.ts';
import { anyCall, createTestClient, createTestContext } from '../support/createTestClient.ts';
import { vendorApis } from '../support/vendorApis.ts';
import { describeReply, results, startFaultStage, task, type FaultApi, type FaultStage } from './faultStage.ts';

const HIT = '200 `hit`';
const BYPASS = '200 `fwd=bypass`';
const OPEN = '503 `upstream-unavailable`';
const batch = '/v1/products/BATCH12345/device-tasks/batch100devices1';
const psk = '/v1/products/PSK1234567/device-tasks/pskdedf123456789';

let stage: FaultStage;
beforeAll(async () => {
  stage = await startFaultStage();
});
afterAll(() => stage.close());
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0)); // no pause between attempts
afterEach(async () => {
  vi.useRealTimers();
  await stage.heal();
});

const advance = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Cold reads, one after the other. */
async function fail(api: FaultApi, times: number): Promise<void> {
  for (let count = 1; count <= times; count += 1) expect((await api.send(psk)).status).toBe(503);
}

describe('with the vendor gone', () => {
  // As API callers mix them; all of them are stored before.
  const reads = [
    [task, ''],
    [results, ''],
    [results, 'include=credentials'],
    [`${batch}/devices`, 'page=3&pageSize=10'],
    [`${batch}/devices`, 'status=failed'],
  ] as const;

  it('1,000 reads of what is stored, half of them at once, over either API, are all 200 hits, the same as before, and none goes to the vendor', async () => {
    const shared = { IOTCLOUD_ACCOUNT: 'shared', CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64') };
    const sends = vendorApis.flatMap((vendorApi) => {
      const { send } = stage.open(vendorApi, shared);
      return reads.map(([path, query]) => () => send(path, { query }));
    });
    for (const send of sends) await send();
    const before = await Promise.all(sends.map((send) => send()));
    stage.vendor.fail('refuse');
    stage.vendor.clear();
    const seen = new Map<string, number>();
    const note = (what: string) => void seen.set(what, (seen.get(what) ?? 0) + 1);
    const readAll = async (rounds: number) => {
      const replies = await Promise.all(Array.from({ length: rounds }, () => sends).flat().map((send) => send()));
      for (const [index, reply] of replies.entries()) note(reply.text === before[index % sends.length]?.text ? describeReply(reply) : reply.text);
    };
    for (let round = 1; round <= 50; round += 1) await readAll(1);
    await readAll(50);
    expect([...seen]).toEqual([[HIT, 1000]]);
    expect(stage.vendor.countAttempts()).toBe(0);
  });
});

describe('a breaker that is open', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));

  it('is not closed by a read that has no time left to ask', async () => {
    let sent = 0;
    const transport = () => {
      sent += 1;
      return Promise.resolve(failed({ kind: 'connection', sent: false, reason: 'ECONNREFUSED' }));
    };
    const client = createTestClient('https://vendor.invalid/v2/index.php', { transport, clock: { now: Date.now, sleep: () => Promise.resolve() } });
    const read = (leftMs: number) => client.read(anyCall, createTestContext(Date.now() + leftMs));
    for (let count = 1; count <= 5; count += 1) await read(8000);
    advance(2000);
    expect(await read(49)).toEqual(failed({ kind: 'no-time-left' }));
    expect(sent).toBe(15);
    // The probe is still to come: one read asks, finds the vendor gone, and the next one is not sent.
    expect(await read(8000)).toMatchObject({ failure: { kind: 'connection' } });
    expect(await read(8000)).toEqual(failed({ kind: 'breaker-open' }));
    expect(sent).toBe(18);
  });
});

describe.each(vendorApis)('over $name', (vendorApi) => {
  describe('with the vendor gone', () => {
    it('neither read of what is stored notices a breaker that is open', async () => {
      const api = stage.open(vendorApi);
      await api.send(results);
      stage.vendor.fail('refuse');
      await fail(api, 6);
      expect(describeReply(await api.send(results))).toBe(HIT);
      expect(describeReply(await api.send(task))).toBe(HIT);
    });
  });

  describe('the breaker', () => {
    // The breaker, the deadline and the emulator read Date alone; everything else goes its own way.
    beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));

    it('opens after five cold reads: the sixth is a 503 without a call', async () => {
      const api = stage.open(vendorApi);
      stage.vendor.fail('refuse');
      await fail(api, 5);
      expect(stage.vendor.countAttempts()).toBe(15);
      for (let count = 1; count <= 20; count += 1) {
        const reply = await api.send(count % 2 === 0 ? psk : `${psk}/devices`);
        expect(describeReply(reply)).toBe(OPEN);
        expect(reply.headers['retry-after']).toMatch(/^\d+$/);
      }
      expect(stage.vendor.countAttempts()).toBe(15);
    });

    it('lets cold reads through two seconds later, and they succeed', async () => {
      const api = stage.open(vendorApi);
      stage.vendor.fail('refuse');
      await fail(api, 6);
      await stage.vendor.heal();
      expect(describeReply(await api.send(psk))).toBe(OPEN);
      advance(2000);
      expect(await api.send(psk)).toMatchObject({ status: 200, json: { status: 'completed' } });
      expect(await api.send(results)).toMatchObject({ status: 200, json: stage.truthOf(results) });
    });

    it('is probed by one read alone while the vendor is still gone', async () => {
      const api = stage.open(vendorApi);
      stage.vendor.fail('refuse');
      await fail(api, 5);
      advance(2000);
      stage.vendor.clear();
      const replies = await Promise.all([psk, task, batch].map((path) => api.send(path)));
      expect(replies.map(describeReply)).toEqual([OPEN, OPEN, OPEN]);
      expect(stage.vendor.countAttempts()).toBe(3);
    });

    it('is not opened by what the vendor answers, however often', async () => {
      const api = stage.open(vendorApi);
      for (let count = 1; count <= 8; count += 1) expect((await api.send('/v1/products/ABCED12345/device-tasks/nosuchtask')).status).toBe(404);
      stage.vendor.fail('html');
      for (let count = 1; count <= 8; count += 1) expect((await api.send(psk)).status).toBe(502);
      await stage.vendor.heal();
      expect((await api.send(psk)).status).toBe(200);
    });
  });

  describe("the vendor's clock", () => {
    it.each([20, -20])('%i minutes off costs one refusal, and the next need none', async (minutes) => {
      const { success, clockRefused } = vendorApi.codes;
      const now = () => Date.now() + minutes * 60_000;
      const emulator = await startEmulator({ ...emulatorKey, ...stage.stack.seed, now });
      try {
        const api = stage.open(vendorApi, vendorApi.configure(new URL(emulator.endpoint).origin));
        expect(await api.send(results)).toMatchObject({ status: 200, json: stage.truthOf(results) });
        expect(emulator.calls.map(({ code }) => code)).toEqual([clockRefused, success, success]);
        expect(await api.send(`${psk}/devices`)).toMatchObject({ status: 200 });
        expect(emulator.calls.map(({ code }) => code)).toEqual([clockRefused, success, success, success, success]);
      } finally {
        await emulator.close();
      }
    });
  });

  describe('with the database', () => {
    let database: DatabaseProcess;
    let api: FaultApi;

    beforeEach(async () => {
      database = await startDatabaseProcess();
      const client = createSdkClient(emulatorConnection(database.endpoint));
      await ensureTable(client, stage.stack.testTable.tableName);
      client.destroy();
      api = stage.open(vendorApi, { DYNAMODB_ENDPOINT: database.endpoint });
      await api.send(results);
    });
    afterEach(async () => {
      database.child.kill('SIGCONT');
      await database.close();
    });

    async function expectBypass(): Promise<void> {
      const reads = [[results, ''], [results, 'include=credentials'], [results, 'status=created'], [task, '']] as const;
      stage.vendor.clear();
      // At once, so that they wait for the database together: they then share their calls to the vendor.
      const replies = await Promise.all(reads.map(([path, query]) => api.send(path, { query })));
      expect(replies.map(describeReply)).toEqual(reads.map(() => BYPASS));
      expect(replies.map(({ json }) => json?.['totalItems'] ?? json?.['totalDevices'])).toEqual([2, 2, 1, 2]);
      // Reads that give the database up at the same time share a fetch; on a busy machine they do so one after the other.
      expect(new Set(stage.vendor.requests.map(({ name }) => name))).toEqual(new Set([vendorApi.actions.status, vendorApi.actions.results]));
    }

    it('stopped, every read is answered by the vendor; once it runs again, by the database', async () => {
      expect(describeReply(await api.send(results))).toBe(HIT);
      database.child.kill('SIGSTOP');
      await expectBypass();
      database.child.kill('SIGCONT');
      await vi.waitFor(async () => expect(describeReply(await api.send(results))).toBe(HIT), { timeout: 20_000 });
    });

    it('killed, every read is answered by the vendor', async () => {
      expect(describeReply(await api.send(results))).toBe(HIT);
      await database.close();
      await expectBypass();
    });
  });
});
