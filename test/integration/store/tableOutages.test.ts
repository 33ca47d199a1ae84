import { afterEach, describe, expect, it } from 'vitest';
import { createResultStore } from '../../../lib/store/resultStore.ts';
import { createDynamoDbCaller } from '../../../lib/store/dynamoDbCaller.ts';
import { createTableClient } from '../../../lib/store/tableClient.ts';
import { systemClock } from '../../../lib/clock.ts';
import { emulatorPlace } from '../../../lib/config.ts';
import { freePort } from '../../support/freePort.ts';
import { makeDevices } from '../../support/devices.ts';
import { answerJson, startScriptedTable, type ScriptedTable, type TableScript } from '../../support/scriptedTable.ts';
import { account, everything } from './storeFixture.ts';

const ref = { productId: 'P', taskId: 'T' };
const tables: ScriptedTable[] = [];

afterEach(() => {
  for (const table of tables.splice(0)) table.close();
});

/** A store over a table that answers as it is told; its operations are noted. */
async function startTable(script: TableScript) {
  const table = await startScriptedTable(script);
  tables.push(table);
  return { operations: () => table.requests.map(({ operation }) => operation), store: storeAt(table.endpoint) };
}

function storeAt(endpoint: string) {
  const table = createTableClient(createDynamoDbCaller(emulatorPlace(endpoint)), 'tasks', systemClock);
  return createResultStore({ table, account, wrapper: undefined, clock: systemClock, reportFault: () => {} });
}

const fail: TableScript = (response) => answerJson(response, 500, { __type: 'InternalServerError' });

describe('a table out of order', () => {
  it('that never answers fails a read after two attempts, well before the request’s own deadline', async () => {
    const { operations, store } = await startTable(() => {});
    const startMs = performance.now();
    await expect(store.readTask(ref)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(operations()).toEqual(['BatchGetItem', 'BatchGetItem']);
    expect(performance.now() - startMs).toBeLessThan(4000);
  });

  it('that never answers fails a page after two attempts of its one request', async () => {
    const { operations, store } = await startTable(() => {});
    await expect(store.readPage(ref, everything, false)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(operations()).toEqual(['BatchGetItem', 'BatchGetItem']);
  });

  it('that fails is asked twice, and a save writes no header', async () => {
    const { operations, store } = await startTable(fail);
    await expect(store.save(ref, makeDevices('kf'))).rejects.toMatchObject({ name: 'InternalServerError' });
    expect(operations()).toEqual(['BatchWriteItem', 'BatchWriteItem']);
  });

  it('that is not there fails a read', async () => {
    await expect(storeAt(`http://127.0.0.1:${await freePort()}`).readPage(ref, everything, true)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
