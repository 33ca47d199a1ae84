import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chunkKey, secretsKey } from '../../../lib/store/keys.ts';
import { presentDevice, withoutSecret, type Device } from '../../../lib/deviceTasks/device.ts';
import type { PageQuery } from '../../../lib/deviceTasks/paging.ts';
import type { ResultStore } from '../../../lib/deviceTasks/ports.ts';
import { deviceName, issueDevices, makeDevices } from '../../support/devices.ts';
import { pageOf } from '../../support/pageOf.ts';
import { observeCalls, sortKeysOf, unitsOf, type ObservedCall } from './observeCalls.ts';
import { everything, show, showCut, startStoreFixture, type StoreFixture } from './storeFixture.ts';

let fixture: StoreFixture;
let calls: ObservedCall[];
let store: ResultStore;
const ref = (taskId: string) => ({ productId: 'P', taskId });
const mixed = makeDevices('kfpfbkffkp'.repeat(10));

beforeAll(async () => {
  fixture = await startStoreFixture();
  await fixture.store.save(ref('mixed'), mixed);
  const observed = observeCalls(fixture.call);
  calls = observed.calls;
  store = fixture.storeOver(observed.call);
});
beforeEach(() => void calls.splice(0));
afterAll(() => fixture.close());

const namesOf = () => calls.map(({ operation }) => operation).toSorted();
const readKeys = () => calls.flatMap(sortKeysOf).toSorted();
const absent = { kind: 'absent' };
const chunks = (...numbers: number[]) => numbers.map(chunkKey);
const secrets = (...numbers: number[]) => numbers.map(secretsKey);

/** The page is right, and this is what it asked for and read. */
async function expectCost(query: PageQuery, withSecrets: boolean, operations: readonly string[], keys: readonly string[]) {
  calls.splice(0);
  expect(show(query, await pageOf(store.readPage(ref('mixed'), query, withSecrets)))).toBe(showCut(mixed, query, withSecrets));
  expect([namesOf(), readKeys()]).toEqual([operations, keys.toSorted()]);
}

const ONE = ['BatchGetItem'];
const TWO = ['BatchGetItem', 'BatchGetItem'];

describe('an unfiltered page', () => {
  it('costs one request, and reads the header and its own chunk', async () => {
    await expectCost({ page: 1, pageSize: 20 }, false, ONE, ['header', ...chunks(0)]);
    await expectCost({ page: 4, pageSize: 20 }, false, ONE, ['header', ...chunks(3)]);
    await expectCost({ page: 2, pageSize: 5 }, false, ONE, ['header', ...chunks(0)]);
  });

  it('costs one request with secrets, too', async () => {
    await expectCost({ page: 4, pageSize: 20 }, true, ONE, ['header', ...chunks(3), ...secrets(3)]);
    await expectCost(everything, true, ONE, ['header', ...chunks(0, 1, 2, 3, 4), ...secrets(0, 1, 2, 3, 4)]);
  });

  it('that does not begin with a chunk costs one chunk more, not the task', async () => {
    await expectCost({ page: 2, pageSize: 15 }, false, ONE, ['header', ...chunks(0, 1)]);
    await expectCost({ page: 2, pageSize: 30 }, true, ONE, ['header', ...chunks(1, 2), ...secrets(1, 2)]);
  });

  it('past the end costs one request, and with secrets a second one that shows the list was not cut', async () => {
    for (const page of [9, 501, 100_000]) {
      await expectCost({ page, pageSize: 20 }, false, ONE, ['header']);
      await expectCost({ page, pageSize: 20 }, true, TWO, ['header', ...chunks(0), ...secrets(0)]);
    }
  });

  it('costs one request if nothing is stored', async () => {
    for (const withSecrets of [false, true]) expect(await store.readPage(ref('none'), everything, withSecrets)).toEqual(absent);
    expect(namesOf()).toEqual(TWO);
  });
});

describe('a filtered page', () => {
  it('costs two requests, with secrets too, and reads the chunks it needs alone', async () => {
    await expectCost({ page: 2, pageSize: 3, status: 'failed' }, false, TWO, ['header', ...chunks(0)]);
    await expectCost({ page: 6, pageSize: 10, status: 'created' }, true, TWO, ['header', ...chunks(4), ...secrets(4)]);
  });

  it('costs one request past the end of what the filter leaves, and if nothing is stored', async () => {
    await expectCost({ page: 99, pageSize: 20, status: 'failed' }, false, ONE, ['header']);
    calls.splice(0);
    expect(await store.readPage(ref('none'), { ...everything, status: 'failed' }, true)).toEqual(absent);
    expect(namesOf()).toEqual(ONE);
  });
});

describe('one device by its name', () => {
  /** It is found as it is in the whole task, and this is what that asked for and read. */
  async function expectDeviceCost(name: string, withSecrets: boolean, operations: readonly string[], keys: readonly string[]) {
    calls.splice(0);
    const wanted = mixed.find((device) => device.deviceName === name);
    const shown = wanted === undefined || withSecrets ? wanted : withoutSecret(wanted);
    const found = await store.readDevice(ref('mixed'), name, withSecrets);
    expect(found.kind === 'found' && found.value && presentDevice(found.value)).toEqual(shown && presentDevice(shown));
    expect([namesOf(), readKeys()]).toEqual([operations, keys.toSorted()]);
  }

  it('costs two requests, with secrets too, and reads the header and its own chunk', async () => {
    for (const [position, chunk] of [[0, 0], [19, 0], [20, 1], [63, 3], [99, 4]] as const) {
      await expectDeviceCost(deviceName(position), false, TWO, ['header', ...chunks(chunk)]);
      await expectDeviceCost(deviceName(position), true, TWO, ['header', ...chunks(chunk), ...secrets(chunk)]);
    }
  });

  it('that is not there costs one, and with secrets a second one that shows the index was not changed', async () => {
    for (const name of ['sensor-00100', 'Sensor-00001', 'sensor-0000', 'x:y']) {
      await expectDeviceCost(name, false, ONE, ['header']);
      await expectDeviceCost(name, true, TWO, ['header', ...chunks(0), ...secrets(0)]);
    }
  });

  it('costs the units of its chunk, not of its task', async () => {
    const units: number[] = [];
    for (const withSecrets of [false, true]) {
      calls.splice(0);
      await store.readDevice(ref('mixed'), deviceName(63), withSecrets);
      units.push(unitsOf(calls));
    }
    expect(units).toEqual([1, 1.5]);
  });
});

describe('any page', () => {
  it('costs at most two requests, whatever its number, size, filter and secrets', async () => {
    for (const status of [undefined, 'created', 'failed'] as const)
      for (const pageSize of [1, 7, 20, 100])
        for (const page of [1, 3, 100, 100_000])
          for (const withSecrets of [false, true]) {
            calls.splice(0);
            const query = { page, pageSize, ...(status === undefined ? {} : { status }) };
            expect(show(query, await pageOf(store.readPage(ref('mixed'), query, withSecrets)))).toBe(showCut(mixed, query, withSecrets));
            expect(calls.length).toBeLessThanOrEqual(2);
          }
  });

  it('touches no secrets if none are asked for', async () => {
    for (const status of [undefined, 'created', 'failed'] as const)
      await store.readPage(ref('mixed'), { ...everything, ...(status === undefined ? {} : { status }) }, false);
    await store.readTask(ref('mixed'));
    expect(calls).toHaveLength(6);
    expect(JSON.stringify(calls)).not.toContain(secretsKey(0).slice(0, -3));
  });
});

describe('reading units', () => {
  it.each([false, true])('of a page of 20 are the same for a task of 20 and of 100 (secrets: %s)', async (withSecrets) => {
    const units: number[] = [];
    for (const size of [20, 100]) {
      await store.save(ref(`k${size}`), makeDevices('k'.repeat(size)));
      calls.splice(0);
      const query = { page: 1, pageSize: 20 };
      expect(show(query, await pageOf(store.readPage(ref(`k${size}`), query, withSecrets)))).not.toBe('absent');
      units.push(unitsOf(calls));
    }
    expect(units).toEqual(withSecrets ? [1.5, 1.5] : [1, 1]);
  });

  it('follow the page: a whole task costs more than a page of it', async () => {
    const unitsOfPage = async (pageSize: number) => {
      calls.splice(0);
      await store.readPage(ref('mixed'), { page: 1, pageSize }, false);
      return unitsOf(calls);
    };
    expect([await unitsOfPage(20), await unitsOfPage(100)]).toEqual([1, 3]);
  });
});

describe('a task of 100 certificates of RSA-2048', () => {
  beforeAll(async () => {
    const [few, many] = [await issueDevices('certificate', 20, 'rsa-2048'), 5];
    devices = Array.from({ length: many }, () => few).flat();
  });
  let devices: Device[];

  it('is stored in two requests and at most 240 write units, and a page of 20 is read for at most 3.5', async () => {
    await store.save(ref('rsa'), devices);
    expect(namesOf()).toEqual(['BatchWriteItem', 'PutItem']);
    expect(unitsOf(calls)).toBeGreaterThan(100);
    expect(unitsOf(calls)).toBeLessThanOrEqual(240);
    calls.splice(0);
    await store.readPage(ref('rsa'), { page: 2, pageSize: 20 }, false);
    expect(unitsOf(calls)).toBeGreaterThan(1);
    expect(unitsOf(calls)).toBeLessThanOrEqual(3.5);
  });
});

describe('what is known of a task', () => {
  it('costs one request of one item or two, with and without a creation', async () => {
    expect(await store.readTask(ref('mixed'))).toMatchObject({ completed: { totalDevices: 100 } });
    expect([namesOf(), readKeys()]).toEqual([ONE, ['header']]);
    const creation = { createdAtS: fixture.startS, expiresAtS: fixture.startS + 86_400, totalDevices: 100, namesHash: 'hash' };
    await store.noteCreation(ref('mixed'), creation, fixture.clock.now());
    calls.splice(0);
    expect(await store.readTask(ref('mixed'))).toMatchObject({ completed: { totalDevices: 100 }, creation });
    expect([namesOf(), readKeys(), unitsOf(calls)]).toEqual([ONE, ['creation', 'header'], 1]);
  });
});
