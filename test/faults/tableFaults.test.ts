import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestVendorApi } from '../support/vendorApi.ts';
import { vendorApis } from '../support/vendorApis.ts';
import { faultKinds, type Fault } from '../support/wireFaults.ts';
import { canShow, describeItems, describeReply, results, startStagePair, task, waitForNothing, type FaultApi, type FaultStage } from './faultStage.ts';
import { createReliabilityTable } from './reliabilityTable.ts';

const HIT = '200 `hit`';
const BYPASS = '200 `fwd=bypass`';

// What a read of a stored task sees: once, and on and on; and how often the table is asked.
const expected: Partial<Record<Fault, { readonly once: readonly [string, number]; readonly lasting: readonly [string, number] }>> = {
  refuse: { once: [HIT, 2], lasting: [BYPASS, 2] },
  'reset-before-request': { once: [HIT, 2], lasting: [BYPASS, 2] },
  'reset-after-request': { once: [HIT, 2], lasting: [BYPASS, 2] },
  hang: { once: [HIT, 2], lasting: [BYPASS, 2] },
  trickle: { once: [HIT, 2], lasting: [BYPASS, 2] },
  truncate: { once: [HIT, 2], lasting: [BYPASS, 2] },
  garbage: { once: [HIT, 2], lasting: [BYPASS, 2] },
  'broken-body': { once: [BYPASS, 1], lasting: [BYPASS, 1] },
  html: { once: [BYPASS, 1], lasting: [BYPASS, 1] },
  redirect: { once: [BYPASS, 1], lasting: [BYPASS, 1] },
  'status-500': { once: [HIT, 2], lasting: [BYPASS, 2] },
  'huge-body': { once: [HIT, 2], lasting: [BYPASS, 2] },
  'length-too-long': { once: [HIT, 2], lasting: [BYPASS, 2] },
  'length-too-short': { once: [HIT, 2], lasting: [BYPASS, 2] },
  'bad-tls': { once: [HIT, 2], lasting: [BYPASS, 2] },
  throttle: { once: [HIT, 2], lasting: [BYPASS, 2] },
  slow: { once: [HIT, 1], lasting: [HIT, 1] },
};
// An entry a fault of the table above.
const faults = Object.keys(expected) as Fault[];

const { checkCells, checkForm } = createReliabilityTable(
  'table-faults',
  [
    'fault',
    'on the wire',
    'once: a stored task reads',
    'attempts',
    'lasting: a stored task reads',
    'attempts',
    'when it ends',
    'lasting: a task not stored reads',
    'stored',
    'when it ends',
  ],
  faults,
);
const ON_THE_WIRE = 1;
const ONCE = 2;
const LASTING = 4;
const LASTING_COLD = 7;

let stages: Awaited<ReturnType<typeof startStagePair>>;
const stageOf = (fault: Fault) => stages.stageOf(fault);

beforeAll(async () => {
  stages = await startStagePair();
});
afterAll(() => stages.close());
waitForNothing(() => stages.heal());

/** An API whose table holds the task, and which has no connection to the table yet. */
async function openWarm(stage: FaultStage, vendorApi: TestVendorApi): Promise<FaultApi> {
  const { account, send } = stage.open(vendorApi);
  await send(results);
  return { ...stage.open(vendorApi, { IOTCLOUD_ACCOUNT: account }), account, items: () => stage.itemsOf(account) };
}

const namesOf = (stage: FaultStage) => stage.table.requests.map(({ name }) => name);

// One table in the document: which API is called makes no difference to it.
describe.each(vendorApis)('over $name', (vendorApi) => {
  describe.each(faults)('the table fails by %s', (fault) => {
    const runs = canShow(fault);
    const { once, lasting } = expected[fault] ?? { once: ['', 0], lasting: ['', 0] };

    it.runIf(runs)('once: a stored task is read all the same', async () => {
      const stage = stageOf(fault);
      const api = await openWarm(stage, vendorApi);
      stage.table.fail(fault, { times: 1 });
      const reply = await api.send(task);
      expect(reply).toMatchObject({ status: 200, json: stage.truthOf(task) });
      expect(stage.table.isFailing()).toBe(false);
      const [sees, asked] = [describeReply(reply), stage.table.countAttempts()];
      expect([sees, asked]).toEqual(once);
      expect(stage.vendor.countAttempts()).toBe(sees === HIT ? 0 : 2);
      checkCells(fault, ON_THE_WIRE, faultKinds[fault]);
      checkCells(fault, ONCE, sees, String(asked));
    });

    it.runIf(runs)('on and on: the vendor answers, and the table is left alone; then it serves again', async () => {
      const stage = stageOf(fault);
      const api = await openWarm(stage, vendorApi);
      stage.table.fail(fault);
      const reply = await api.send(task);
      expect(reply).toMatchObject({ status: 200, json: stage.truthOf(task) });
      const [sees, asked] = [describeReply(reply), stage.table.countAttempts()];
      expect([sees, asked]).toEqual(lasting);
      expect(stage.vendor.countAttempts()).toBe(sees === HIT ? 0 : 2);
      await stage.heal();
      const after = await api.send(task);
      expect(describeReply(after)).toBe(HIT);
      checkCells(fault, LASTING, sees, String(asked), describeReply(after));
    });

    it.runIf(runs)('on and on, with nothing stored: the vendor answers, and nothing is stored; then it is', async () => {
      const stage = stageOf(fault);
      const api = stage.open(vendorApi);
      const itemsStored = async () => describeItems(await api.items());
      stage.table.fail(fault);
      const reply = await api.send(results);
      expect(reply).toMatchObject({ status: 200, json: stage.truthOf(results) });
      expect(stage.vendor.countAttempts()).toBe(2);
      const stored = await itemsStored();
      expect(stored).toBe(fault === 'slow' ? 'the task' : 'nothing');
      await stage.heal();
      const after = await api.send(results);
      expect(after).toMatchObject({ status: 200, json: stage.truthOf(results) });
      expect(await itemsStored()).toBe('the task');
      checkCells(fault, LASTING_COLD, describeReply(reply), stored, describeReply(after));
    });
  });

  describe('a table that hangs for writes alone', () => {
    const writes = ['PutItem', 'BatchWriteItem', 'DeleteItem'];

    it('costs a read one write that is given up: no lease, and no attempt to store', async () => {
      const api = stages.plain.open(vendorApi);
      stages.plain.table.fail('hang', { names: writes });
      const reply = await api.send(results);
      expect(reply).toMatchObject({ status: 200, json: stages.plain.truthOf(results) });
      expect(describeReply(reply)).toBe('200 `fwd=miss`');
      expect(namesOf(stages.plain).filter((name) => writes.includes(name))).toEqual(['PutItem', 'PutItem']);
      expect(api.logLines.filter((line) => line.includes('lease-unavailable'))).toHaveLength(1);
      expect(stages.plain.vendor.countAttempts()).toBe(2);
    });
  });

  describe('a table that is throttled for writes', () => {
    it.each([
      ['for the lease', ['PutItem'], ['PutItem', 'PutItem']],
      ['for chunks', ['BatchWriteItem'], ['PutItem', 'BatchWriteItem', 'BatchWriteItem', 'DeleteItem']],
    ] as const)('is given up after two attempts, %s, and nothing of the task is to be seen', async (_name, names, writes) => {
      const api = stages.plain.open(vendorApi);
      stages.plain.table.fail('throttle', { names });
      const reply = await api.send(results);
      expect(describeReply(reply)).toBe('200 `fwd=miss`');
      expect(namesOf(stages.plain).filter((name) => /Put|Write|Delete/.test(name))).toEqual(writes);
      expect(describeItems(await api.items())).toBe('nothing');
      await stages.plain.heal();
      expect(describeReply(await api.send(results))).toBe('200 `fwd=miss; stored`');
      expect(describeReply(await api.send(results))).toBe(HIT);
    });
  });

  describe('a lease whose answers are lost', () => {
    it('is known for its own when the write is repeated: the task is fetched and stored under it', async () => {
      const api = stages.plain.open(vendorApi);
      stages.plain.table.fail('reset-after-request', { times: 1, names: ['PutItem'] });
      expect(describeReply(await api.send(results))).toBe('200 `fwd=miss; stored`');
      // Lease, lease again, header: no waiting for a holder that is nobody else.
      expect(namesOf(stages.plain).filter((name) => name === 'PutItem')).toHaveLength(3);
      expect(describeItems(await api.items())).toBe('the task');
    });

    it('is left behind where neither the task can be stored nor the lease given back; the answer is as right', async () => {
      const api = stages.plain.open(vendorApi);
      stages.plain.table.fail('status-500', { names: ['BatchWriteItem', 'DeleteItem'] });
      const reply = await api.send(results);
      expect(reply).toMatchObject({ status: 200, json: stages.plain.truthOf(results) });
      expect(describeReply(reply)).toBe('200 `fwd=miss`');
      expect(api.logLines.filter((line) => line.includes('lease-not-released'))).toHaveLength(1);
      expect((await api.items()).map((item) => item['sk']?.S)).toEqual(['lease']);
    });
  });

  describe('a stored copy of which a chunk is lost', () => {
    it('is fetched anew, whole, whoever thinks it is stored', async () => {
      const api = await openWarm(stages.plain, vendorApi);
      const chunks = (await api.items()).filter((item) => item['sk']?.S === 'chunk#000');
      expect(chunks).toHaveLength(1);
      for (const { pk, sk } of chunks) await stages.plain.stack.testTable.table.remove(pk?.S ?? '', sk?.S ?? '');
      expect(await api.send(results)).toMatchObject({ status: 200, json: stages.plain.truthOf(results) });
      expect(stages.plain.vendor.requests.filter(({ name }) => name === vendorApi.actions.results)).toHaveLength(1);
      expect(describeReply(await api.send(results))).toBe(HIT);
    });
  });

  describe('a stored copy that somebody changed in clear', () => {
    it('is not served with secrets: the task is fetched anew, and the operator told by a metric of its own', async () => {
      const api = stages.plain.open(vendorApi);
      await api.send(results);
      const header = (await api.items()).find((item) => item['sk']?.S === 'header');
      const { client, tableName } = stages.plain.stack.testTable;
      await client.send(new PutItemCommand({ TableName: tableName, Item: { ...header, expiresAt: { N: '4000000000' } } }));
      const withSecrets = { query: 'include=credentials' };
      expect(describeReply(await api.send(results, withSecrets))).toBe('200 `fwd=miss; stored`');
      const counted = api.logLines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ StoredMismatch }) => StoredMismatch === 1); // our own lines
      expect(counted).toMatchObject({ event: 'stored-mismatch', errorName: 'StoredMismatchError', CacheFault: 1 });
      expect(describeReply(await api.send(results, withSecrets))).toBe(HIT);
    });
  });
});

describe('docs/reliability.md', () => {
  it('has a row for each fault shown here', () => checkForm());
});
