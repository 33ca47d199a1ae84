import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findInconsistency, InconsistentResultsError } from '../../../../lib/deviceTasks/consistency.ts';
import type { Device } from '../../../../lib/deviceTasks/device.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { deviceName, makeCreation, makeDevices } from '../../../support/devices.ts';
import { nowS } from './fakePorts.ts';

const created = (credentials: Extract<Device, { status: 'created' }>['credentials']): Device[] => [
  ...makeDevices('kpf'),
  { deviceName: 'odd', status: 'created', ...(credentials === undefined ? {} : { credentials }) },
];
const creationOf = (devices: readonly Device[]) => makeCreation(devices, nowS + 600);

describe('findInconsistency', () => {
  it('finds nothing wrong with devices that have their keys, or failed', () => {
    expect(findInconsistency(makeDevices('kpfkpf'), undefined)).toBeUndefined();
    expect(findInconsistency(makeDevices('f'), undefined)).toBeUndefined();
  });

  it('finds a list without devices, whatever was created', () => {
    expect(findInconsistency([], undefined)).toBe('no-devices');
    expect(findInconsistency([], creationOf([]))).toBe('no-devices');
  });

  it.each([
    ['no credentials', undefined],
    ['a certificate without its private key', { type: 'certificate', certificate: 'c' }],
    ['a private key without its certificate', { type: 'certificate', privateKey: createSecret('k') }],
    ['neither of both', { type: 'certificate' }],
    ['no pre-shared key', { type: 'psk' }],
  ] as const)('finds a created device with %s', (_, credentials) => {
    expect(findInconsistency(created(credentials), undefined)).toBe('missing-key-material');
  });

  it('finds names other than those the task was created with: one less, one more, one else', () => {
    const devices = makeDevices('kpf');
    expect(findInconsistency(devices.slice(1), creationOf(devices))).toBe('other-names');
    expect(findInconsistency(makeDevices('kpff'), creationOf(devices))).toBe('other-names');
    const renamed = devices.map((device, position) => (position === 1 ? { ...device, deviceName: 'nobody-asked' } : device));
    expect(findInconsistency(renamed, creationOf(devices))).toBe('other-names');
  });

  it('takes the names in any order, and no other set of names', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9:_-]{1,48}$/), { minLength: 1, maxLength: 20 });
    const failedNamed = (name: string): Device => ({ deviceName: name, status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } });
    const shuffled = names.chain((all) => fc.record({ all: fc.constant(all), mixed: fc.shuffledSubarray(all, { minLength: all.length }) }));
    fc.assert(
      fc.property(shuffled, names, ({ all, mixed }, others) => {
        const creation = creationOf(all.map(failedNamed));
        expect(findInconsistency(mixed.map(failedNamed), creation)).toBeUndefined();
        const areSame = JSON.stringify(others.toSorted()) === JSON.stringify(all.toSorted());
        expect(findInconsistency(others.map(failedNamed), creation) === undefined).toBe(areSame);
      }),
    );
  });

  it('judges key material device by device, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('k', 'p', 'f'), minLength: 1, maxLength: 20 }), fc.nat(), (letters, place) => {
        const devices = makeDevices(letters);
        expect(findInconsistency(devices, creationOf(devices))).toBeUndefined();
        const at = place % letters.length;
        const bare: Device[] = devices.with(at, { deviceName: deviceName(at), status: 'created' });
        expect(findInconsistency(bare, creationOf(devices))).toBe('missing-key-material');
      }),
    );
  });
});

describe('InconsistentResultsError', () => {
  it('tells what is wrong in its name, which is all the log shows of an error', () => {
    expect(new InconsistentResultsError('other-names').name).toBe('InconsistentResults(other-names)');
  });
});
