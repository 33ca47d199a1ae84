import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Item } from '../../../../lib/store/dynamoDbApi.ts';
import { createLocalKeyWrapper } from '../../../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../../../lib/store/resultStore.ts';
import { createReadTaskList } from '../../../../lib/store/taskList.ts';
import { SCHEMA_VERSION } from '../../../../lib/store/storedItems.ts';
import type { Device } from '../../../../lib/deviceTasks/device.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { present } from '../../../support/devices.ts';
import { createMemoryTable } from './memoryTable.ts';

const expiresAtS = 1_798_106_400;
const createdAtS = expiresAtS - 30 * 86_400;
const createdAtMs = createdAtS * 1000 + 250;
const ref = { productId: 'ABCED12345', taskId: 'abcdedf123456789' };
const clock = { now: () => createdAtS * 1000, sleep: () => Promise.resolve() };
const wrapper = createLocalKeyWrapper(createSecret(Buffer.alloc(32).toString('base64')));
const devices: Device[] = [
  {
    deviceName: 'test_device1',
    status: 'created',
    credentials: { type: 'certificate', certificate: '-----BEGIN CERTIFICATE-----\n…', privateKey: createSecret('a private key') },
  },
  { deviceName: 'test_device2', status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } },
];
const namesHash = '01agDC8sCRLsv1WwTrL2EtQMCKl2joh2h2Q6hhpwA6s';
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
  const reportFault = (event: string) => {
    throw new Error(event);
  };
  return { table, store: createResultStore({ table, account: 'default', wrapper, clock, reportFault }) };
}

describe('the examples of docs/store.md', () => {
  it('are a stored task as the store reads it', async () => {
    const { store } = await fillTable();
    expect(await store.readTask(ref)).toEqual({
      completed: { totalDevices: 2, createdDevices: 1, failedDevices: 1, expiresAtS, fetchId: examples[0]?.['fetchId']?.S },
      creation: { createdAtS, expiresAtS, totalDevices: 2, namesHash, api: 'v2' },
    });
  });

  it('are listed', async () => {
    const { table } = await fillTable();
    const tasks = await createReadTaskList({ table, account: 'default', clock })(ref.productId, { pageSize: 20 });
    expect(tasks).toMatchObject({ tasks: [{ taskId: ref.taskId, totalDevices: 2, createdAtS, expiresAtS, completed: { failedDevices: 1 } }] });
  });

  it('have the index by which a device is found', async () => {
    const { store } = await fillTable();
    expect(await store.readDevice(ref, 'test_device2', true)).toEqual({ kind: 'found', value: devices[1], expiresAtS });
    expect(await store.readDevice(ref, 'test_device3', true)).toEqual({ kind: 'found', value: undefined, expiresAtS });
  });

  it('decrypt: what secrets are bound to is what it was when they were written', async () => {
    const { store } = await fillTable();
    const lookup = await store.readPage(ref, { page: 1, pageSize: 20 }, true);
    expect(lookup.kind === 'found' && present(lookup.value.devices)).toEqual(present(devices));
  });

  it('have the attributes of the items that the store writes, and their version', async () => {
    const { store, table } = await fillTable();
    table.items.clear();
    await store.noteCreation(ref, { createdAtS, expiresAtS, totalDevices: 2, namesHash, api: 'v2' }, createdAtMs);
    await store.save(ref, devices);
    const shapes = (items: readonly Item[]) =>
      items.map((item) => [item['pk']?.S, item['sk']?.S, item['v']?.N, item['expiresAt']?.N, ...Object.keys(item).toSorted()].join(' ')).toSorted();
    expect(shapes([...table.items.values()])).toEqual(shapes(examples));
    expect(examples.map((item) => item['v']?.N)).toEqual([...Array.from({ length: 3 }, () => String(SCHEMA_VERSION)), '1', '1']);
  });
});
