import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../../lib/deviceTasks/device.ts';
import { findPositions, makeNameIndex } from '../../../../lib/store/nameIndex.ts';
import { anyText, makeDevices, present } from '../../../support/devices.ts';
import { ref, setUp } from './memoryStore.ts';

/** Three names of a few thousand whose first three bytes of SHA-256 are the same: more of them than anybody meets. */
function findColliding(): [string, string, string] {
  const byHash = new Map<string, string[]>();
  for (let count = 0; ; count += 1) {
    const name = `n${count}`;
    const hash = makeNameIndex([name]).toString('hex');
    const [first, second] = byHash.get(hash) ?? [];
    if (first !== undefined && second !== undefined) return [first, second, name];
    byHash.set(hash, [...(byHash.get(hash) ?? []), name]);
  }
}

describe('the index of names', () => {
  it('has three bytes a name, and leads to each at its own position', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyText, { maxLength: 50 }), (names) => {
        const index = makeNameIndex(names);
        expect(index).toHaveLength(3 * names.length);
        for (const [position, name] of names.entries()) expect(findPositions(index, name)).toContain(position);
      }),
    );
  });

  it('leads to few others', () => {
    const index = makeNameIndex(Array.from({ length: 10_000 }, (_, position) => `sensor-${position}`));
    const others = Array.from({ length: 100 }, (_, position) => `other-${position}`);
    expect(others.flatMap((name) => findPositions(index, name)).length).toBeLessThan(3);
  });
});

describe('one device of a stored task', () => {
  it('is told from others that the index cannot tell it from', async () => {
    const [one, two, absent] = findColliding();
    const devices = makeDevices('k'.repeat(60)).map((device, position): Device => ({ ...device, deviceName: { 3: one, 44: two }[position] ?? device.deviceName }));
    const { store } = setUp();
    await store.save(ref, devices);
    for (const withSecrets of [true, false])
      for (const [name, position] of [[one, 3], [two, 44]] as const) {
        const found = await store.readDevice(ref, name, withSecrets);
        expect(found).toMatchObject({ kind: 'found', value: { deviceName: name } });
        const shown = present(found.kind === 'found' && found.value ? [found.value] : [])?.[0];
        expect(JSON.stringify(shown).includes(`private key tag ${position}`)).toBe(withSecrets);
      }
    expect(await store.readDevice(ref, absent, true)).toMatchObject({ kind: 'found', value: undefined });
  });

  it('is absent with its chunk, and its secret with the key of the task', async () => {
    const { store, storeOf, table } = setUp();
    await store.save(ref, makeDevices('k'.repeat(25)));
    expect(await storeOf({ wrapper: undefined }).readDevice(ref, 'sensor-00001', true)).toMatchObject({ kind: 'absent' });
    Object.assign(table.at('chunk#001'), { fetchId: { S: 'another' } });
    expect(await store.readDevice(ref, 'sensor-00001', true)).toMatchObject({ kind: 'found' });
    expect(await store.readDevice(ref, 'sensor-00021', false)).toEqual({ kind: 'absent', fetchId: table.at('header')['fetchId']?.S });
  });

  it('opens no secret beside an index that was changed, whether it seems to be there or not', async () => {
    const { store, table, faults } = setUp();
    await store.save(ref, makeDevices('kkk'));
    const names = ['sensor-00000', 'sensor-00001', 'other'];
    Object.assign(table.at('header'), { nameIndex: { B: makeNameIndex(names).toString('base64') } });
    for (const name of ['sensor-00000', 'sensor-00002']) expect(await store.readDevice(ref, name, true)).toMatchObject({ kind: 'absent' });
    expect(faults).toEqual(['stored-mismatch', 'stored-mismatch']);
  });
});
