import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countDevices, secretOf, withSecret, withoutSecret, type Device } from '../../../../lib/deviceTasks/device.ts';
import { statusesOf } from '../../../../lib/deviceTasks/paging.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { lettersArbitrary, makeBareDevice, makeCertificateDevice, makeDevices, makeFailedDevice, makePskDevice, present } from '../../../support/devices.ts';

const certificateOnly: Device = { deviceName: 'a', status: 'created', credentials: { type: 'certificate', certificate: 'c' } };

describe('secretOf', () => {
  it('is the private key or the PSK', () => {
    expect(secretOf(makeCertificateDevice(1))?.reveal()).toBe('private key tag 1');
    expect(secretOf(makePskDevice(1))?.reveal()).toBe(Buffer.from('psk tag 1').toString('base64'));
  });

  it('is absent where there is none', () => {
    for (const device of [makeBareDevice(1), makeFailedDevice(1), certificateOnly]) expect(secretOf(device)).toBeUndefined();
  });
});

describe('withoutSecret and withSecret', () => {
  it.each([makeCertificateDevice(1), makePskDevice(1)])('take a secret out and put it back', (device) => {
    const secret = secretOf(device) ?? createSecret('');
    expect(secretOf(withoutSecret(device))).toBeUndefined();
    expect(JSON.stringify(withoutSecret(device))).not.toMatch(/privateKey|psk":/);
    expect(present([withSecret(withoutSecret(device), secret)])).toEqual(present([device]));
  });

  it.each([makeBareDevice(1), makeFailedDevice(1)])('leave a device without credentials as it is', (device) => {
    expect(withoutSecret(device)).toEqual(device);
    expect(withSecret(device, createSecret('x'))).toEqual(device);
  });
});

describe('countDevices', () => {
  it('counts as many as the statuses say', () => {
    fc.assert(
      fc.property(lettersArbitrary(40), (letters) => {
        const devices = makeDevices(letters);
        const counts = countDevices(devices);
        expect(counts.totalDevices).toBe(letters.length);
        expect(counts.failedDevices).toBe(letters.split('f').length - 1);
        expect(counts.createdDevices).toBe(statusesOf(devices).filter((status) => status === 'created').length);
      }),
    );
  });
});
