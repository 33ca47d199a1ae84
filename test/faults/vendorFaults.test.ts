import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startScriptedUpstream } from '../support/scriptedUpstream.ts';
import { vendorApis } from '../support/vendorApis.ts';
import { faultKinds, hitsConnections, type Fault } from '../support/wireFaults.ts';
import { canShow, describeItems, describeReply, readUntilRight, results, skipTimeouts, startStagePair, task, waitForNothing } from './faultStage.ts';
import { createReliabilityTable } from './reliabilityTable.ts';

const lasting: Partial<Record<Fault, string>> = {
  refuse: '503 `upstream-unavailable`',
  'reset-before-request': '503 `upstream-unavailable`',
  'reset-after-request': '503 `upstream-unavailable`',
  hang: '504 `upstream-timeout`',
  trickle: '504 `upstream-timeout`',
  truncate: '503 `upstream-unavailable`',
  garbage: '502 `upstream-malformed`',
  'broken-body': '502 `upstream-malformed`',
  html: '502 `upstream-malformed`',
  redirect: '502 `upstream-malformed`',
  'status-500': '502 `upstream-malformed`',
  'huge-body': '502 `upstream-malformed`',
  'length-too-long': '504 `upstream-timeout`',
  'length-too-short': '502 `upstream-malformed`',
  'bad-tls': '503 `upstream-unavailable`',
};
// An entry a fault of the table above.
const faults = Object.keys(lasting) as Fault[];
const onRequests = faults.filter((fault) => !hitsConnections(fault));

const COLUMNS = ['fault', 'on the wire', 'once: the client sees', 'attempts', 'stored', 'lasting: the client sees', 'attempts', 'stored', 'when it ends'];
const ON_THE_WIRE = 1;
const ONCE = 2;
const LASTING = 5;

let stages: Awaited<ReturnType<typeof startStagePair>>;
const stageOf = (fault: Fault) => stages.stageOf(fault);

beforeAll(async () => {
  stages = await startStagePair();
});
afterAll(() => stages.close());
waitForNothing(() => stages.heal());

describe.each(vendorApis)('over $name', (vendorApi) => {
  const { checkCells, checkForm } = createReliabilityTable(`vendor-faults-${vendorApi.name}`, COLUMNS, faults);

  describe.each(faults)('the vendor fails by %s', (fault) => {
    const runs = canShow(fault);

    it.runIf(runs)('once: the read is answered all the same', async () => {
      const stage = stageOf(fault);
      const api = stage.open(vendorApi);
      stage.vendor.fail(fault, { times: 1 });
      const reply = await api.send(results);
      expect(reply).toMatchObject({ status: 200, json: stage.truthOf(results) });
      expect(stage.vendor.isFailing()).toBe(false);
      // The status twice, the devices once.
      expect(stage.vendor.countAttempts()).toBe(3);
      checkCells(fault, ON_THE_WIRE, faultKinds[fault]);
      checkCells(fault, ONCE, describeReply(reply), String(stage.vendor.countAttempts() - 1), describeItems(await api.items()));
    });

    it.runIf(runs)('on and on: one code after three attempts, nothing stored; then the truth at once', async () => {
      const stage = stageOf(fault);
      const api = stage.open(vendorApi);
      stage.vendor.fail(fault);
      const reply = await api.send(results);
      expect(describeReply(reply)).toBe(lasting[fault]);
      expect(reply.json).toMatchObject({ retryable: true });
      expect(reply.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/problem+json' });
      expect(reply.text).not.toMatch(/127\.0\.0\.1|localhost|ECONN|HPE_|SELF_SIGNED/);
      const attempts = stage.vendor.countAttempts();
      expect(attempts).toBe(3);
      const stored = describeItems(await api.items());
      expect(stored).toBe('nothing');
      await stage.heal();
      const { reply: right } = await readUntilRight(api, results);
      expect(right).toMatchObject({ status: 200, json: stage.truthOf(results) });
      checkCells(fault, LASTING, describeReply(reply), String(attempts), stored, describeReply(right));
    });
  });

  describe.each(onRequests)('the vendor fails the second call of a read by %s', (fault) => {
    it('once: the read is answered all the same', async () => {
      const api = stages.plain.open(vendorApi);
      stages.plain.vendor.fail(fault, { times: 1, names: [vendorApi.actions.results] });
      expect(await api.send(task)).toMatchObject({ status: 200, json: { ...stages.plain.truthOf(task), expiresAt: expect.any(String) } });
      expect(stages.plain.vendor.isFailing()).toBe(false);
      expect(stages.plain.vendor.countAttempts()).toBe(3);
    });

    it('on and on: one code, three attempts of that call, nothing stored, no lease left behind', async () => {
      const api = stages.plain.open(vendorApi);
      stages.plain.vendor.fail(fault, { names: [vendorApi.actions.results] });
      expect(describeReply(await api.send(results))).toBe(lasting[fault]);
      const { status, results: devices } = vendorApi.actions;
      expect(stages.plain.vendor.requests.map(({ name }) => name)).toEqual([status, devices, devices, devices]);
      expect(await api.items()).toEqual([]);
    });
  });

  describe('a vendor that hangs', () => {
    it('is given up within 8 s', async () => {
      vi.mocked(Math.random).mockReturnValue(0.999); // the longest pauses
      skipTimeouts('Date');
      const api = stages.plain.open(vendorApi);
      stages.plain.vendor.fail('hang');
      const startMs = Date.now();
      expect(await api.send(results)).toMatchObject({ status: 504, json: { code: 'upstream-timeout' } });
      const tookMs = Date.now() - startMs;
      expect(stages.plain.vendor.countAttempts()).toBe(3);
      // Three attempts and the pauses between them, cut off by its own deadline; the rest is for a machine that is busy.
      expect(tookMs).toBeGreaterThan(7000);
      expect(tookMs).toBeLessThan(12_000);
    });
  });

  describe('docs/reliability.md', () => {
    it('has a row for each fault shown here', () => checkForm());
  });

  describe('a certificate that holds a private key', () => {
    const privateKey = '-----BEGIN RSA PRIVATE KEY-----\nbGVha2VkLWtleQ==\n-----END RSA PRIVATE KEY-----\n';
    const certificate = '-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n';

    it('is malformed: nothing of it is served, stored or logged', async () => {
      const answer = vendorApi.answers.completed([{ deviceName: 'd', certificate: certificate + privateKey, privateKey }]);
      const upstream = await startScriptedUpstream({ otherwise: answer });
      try {
        const api = stages.plain.open(vendorApi, vendorApi.configure(upstream.origin));
        for (const query of ['', 'include=credentials']) {
          const reply = await api.send(results, { query });
          expect(reply).toMatchObject({ status: 502, json: { code: 'upstream-malformed', retryable: true } });
          expect(reply.text).not.toMatch(/PRIVATE|bGVha2VkLWtleQ/);
        }
        expect(await api.items()).toEqual([]);
        expect(api.logLines.join('\n')).not.toMatch(/PRIVATE|bGVha2VkLWtleQ/);
      } finally {
        await upstream.close();
      }
    });
  });
});
