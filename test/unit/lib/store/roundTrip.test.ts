import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLocalKeyWrapper } from '../../../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../../../lib/store/resultStore.ts';
import type { Device } from '../../../../lib/deviceTasks/device.ts';
import type { PageQuery } from '../../../../lib/deviceTasks/paging.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { presentPage } from '../../../../lib/deviceTasks/resources.ts';
import { toDevice } from '../../../../lib/upstream/toDevice.ts';
import { wireDevice } from '../../../../lib/upstream/queryV2/wireSchemas.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { pageQueryArbitrary, wireDeviceArbitrary } from '../../../support/devices.ts';
import { pageOf } from '../../../support/pageOf.ts';
import { createMemoryTable } from './memoryTable.ts';

const ref = { productId: 'P', taskId: 'T' };
const wrapper = createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));
const clock = { now: () => Date.UTC(2026, 10, 24), sleep: () => Promise.resolve() };
const failOnFault = (event: string) => {
  throw new Error(event);
};

function readWire(items: readonly unknown[]): Device[] {
  const sent: unknown = JSON.parse(JSON.stringify(items));
  if (!Array.isArray(sent)) throw new Error('not a list');
  return sent.map((item) => toDevice(wireDevice.parse(item)));
}

async function throughTheStore(devices: readonly Device[], query: PageQuery, withSecrets: boolean) {
  const store = createResultStore({ table: createMemoryTable(), account: 'a', wrapper, clock, reportFault: failOnFault });
  await store.save(ref, devices);
  return pageOf(store.readPage(ref, query, withSecrets));
}

describe('the way wire → device → stored items → device → resource', () => {
  it.each([true, false])('ends where wire → device → resource does (secrets: %s)', async (withSecrets) => {
    const tasks = fc.array(wireDeviceArbitrary, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(tasks, pageQueryArbitrary(8), async (items, query) => {
        const devices = readWire(items);
        const stored = await throughTheStore(devices, query, withSecrets);
        const expected = presentPage(ref, query, cutPage(devices, query, withSecrets));
        expect(stored && JSON.stringify(presentPage(ref, query, stored))).toBe(JSON.stringify(expected));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps secrets that no UTF-8 can write, byte for byte', async () => {
    const text = 'a\u{d800}b\u0000c\u{dfff}\u{d83d}';
    const wire = [{ deviceName: text, result: 0, deviceCert: text, devicePrivateKey: text }, { deviceName: 'psk', result: '0', devicePsk: text }];
    const page = await throughTheStore(readWire(wire), { page: 1, pageSize: 20 }, true);
    expect(page && presentPage(ref, { page: 1, pageSize: 20 }, page).devices).toEqual([
      { deviceName: text, status: 'created', credentials: { type: 'certificate', certificate: text, privateKey: text } },
      { deviceName: 'psk', status: 'created', credentials: { type: 'psk', psk: text } },
    ]);
  });
});
