import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createResultStore } from '../../../../lib/cache/resultStore.ts';
import { parseHeader, parseSecretRows, SCHEMA_VERSION } from '../../../../lib/cache/storedItems.ts';
import type { Item } from '../../../../lib/cache/dynamoDbApi.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { makeCreation, present } from '../../../support/devices.ts';
import { createMemoryTable } from './memoryTable.ts';
import { pageOf } from '../../../support/pageOf.ts';

const expiresAtS = 1_798_106_400;
const ref = { productId: 'ABCED12345', taskId: 'abcdedf123456789' };
const clock = { now: () => (expiresAtS - 30 * 86_400) * 1000, sleep: () => Promise.resolve() };
let examples: Item[];

beforeAll(async () => {
  const document = await readFile(new URL('../../../../docs/store.md', import.meta.url), 'utf8');
  const block = /```json\n([^]*?)```/.exec(document)?.[1] ?? '';
  // Attribute maps, or what the assertions below complain of.
  examples = block.split(/\n(?=\{)/).map((example) => JSON.parse(example) as Item);
});

async function fillTable() {
  const table = createMemoryTable();
  await table.putMany(examples, Infinity);
  const tenant = { host: 'iotcloud.api.qcloud.com', region: 'gz', account: 'default' };
  const store = createResultStore({ table, tenant, wrapper: undefined, clock, reportFault: () => {} });
  return { store, table };
}

describe('the examples of docs/store.md', () => {
  it('are a stored task as the store reads it', async () => {
    const { store } = await fillTable();
    expect(await store.readTask(ref)).toEqual({
      completed: { totalDevices: 2, createdDevices: 1, failedDevices: 1, expiresAtS, fetchId: '1b4e28ba-2fa1-41d2-883f-0016d3cca427' },
      creation: { createdAtS: expiresAtS - 30 * 86_400, expiresAtS, totalDevices: 2, namesHash: expect.any(String) as string },
    });
    const page = await pageOf(store.readPage(ref, { page: 1, pageSize: 20 }, false));
    expect(present(page?.devices)).toMatchObject([
      { deviceName: 'test_device1', credentials: { type: 'certificate', certificate: '-----BEGIN CERTIFICATE-----\n…' } },
      { deviceName: 'test_device2', error: { code: 'device-name-exists' } },
    ]);
  });

  it('have the secret row their header speaks of', () => {
    const header = parseHeader(examples[0], expiresAtS - 1);
    expect(header?.dataKey).toBeInstanceOf(Uint8Array);
    expect(header && [...parseSecretRows(examples, header, expiresAtS - 1).keys()]).toEqual(['secret#00000']);
  });

  it('have the attributes of the items that the store writes, and their version', async () => {
    const { store, table } = await fillTable();
    table.items.clear();
    await store.noteCreation(ref, makeCreation([], expiresAtS));
    const wrapper = {
      generate: () => Promise.resolve({ plaintext: new Uint8Array(32), wrapped: new Uint8Array(1) }),
      unwrap: () => Promise.resolve(undefined),
    };
    const tenant = { host: 'iotcloud.api.qcloud.com', region: 'gz', account: 'default' };
    await createResultStore({ table, tenant, wrapper, clock, reportFault: () => {} }).save(ref, [
      { deviceName: 'test_device1', status: 'created', credentials: { type: 'certificate', certificate: 'c', privateKey: createSecret('k') } },
      { deviceName: 'test_device2', status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } },
    ]);
    const shapes = (items: readonly Item[]) =>
      items.map((item) => [item['pk']?.S, item['sk']?.S, item['v']?.N, item['expiresAt']?.N, ...Object.keys(item).toSorted()].join(' ')).toSorted();
    expect(shapes([...table.items.values()])).toEqual(shapes(examples));
    expect(examples.map((item) => item['v']?.N)).toEqual(examples.map(() => String(SCHEMA_VERSION)));
  });
});
