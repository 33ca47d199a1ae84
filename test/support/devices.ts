import fc from 'fast-check';
import type { Device } from '../../lib/deviceTasks/device.ts';
import { hashNameSet } from '../../lib/deviceTasks/hashNames.ts';
import type { TaskCreation } from '../../lib/deviceTasks/ports.ts';
import { presentDevice, type DeviceResultResource } from '../../lib/deviceTasks/resources.ts';
import { createSecret } from '../../lib/secret.ts';
import { createDeviceIssuer, type KeyType } from '../../offline/emulator/register/createDeviceIssuer.ts';

// Makers and arbitraries of devices. Keys are made at run time; the strings of the cheap makers are no keys.

export const deviceName = (position: number) => `sensor-${String(position).padStart(5, '0')}`;

/** `tag` tells one fetch's devices from another's, in the public and in the secret half. */
export function makeCertificateDevice(position: number, tag = 'tag'): Device {
  return {
    deviceName: deviceName(position),
    status: 'created',
    credentials: {
      type: 'certificate',
      certificate: `certificate ${tag} ${position}`,
      privateKey: createSecret(`private key ${tag} ${position}`),
    },
  };
}

export function makePskDevice(position: number, tag = 'tag'): Device {
  const psk = createSecret(Buffer.from(`psk ${tag} ${position}`).toString('base64'));
  return { deviceName: deviceName(position), status: 'created', credentials: { type: 'psk', psk } };
}

export function makeFailedDevice(position: number, tag = 'tag'): Device {
  const error = { code: 'device-name-exists', legacyCode: 2001, legacyMessage: `message ${tag} ${position}` } as const;
  return { deviceName: deviceName(position), status: 'failed', error };
}

/** Created without key material. */
export function makeBareDevice(position: number): Device {
  return { deviceName: deviceName(position), status: 'created' };
}

const makers = { k: makeCertificateDevice, p: makePskDevice, f: makeFailedDevice, b: makeBareDevice };

/** One device a letter: `k` certificate and private key, `p` PSK, `f` failed, `b` created without key material. */
export function makeDevices(letters: string, tag = 'tag'): Device[] {
  return Array.from(letters, (letter, position) => {
    if (letter !== 'k' && letter !== 'p' && letter !== 'f' && letter !== 'b') throw new Error(`no device is «${letter}»`);
    return makers[letter](position, tag);
  });
}

/** What a client would see of the devices, so that secrets can be compared. */
export function present(devices: readonly Device[] | undefined): DeviceResultResource[] | undefined {
  return devices?.map(presentDevice);
}

/** Devices with real keys of their own, each certificate its key's; an RSA key takes up to a second of a core. */
export function issueDevices(encryption: 'certificate' | 'psk', count: number, keyType: KeyType = 'ec-p256'): Promise<Device[]> {
  const issue = createDeviceIssuer(Date.now, { keyType });
  const positions = Array.from({ length: count }, (_, position) => position);
  return Promise.all(
    positions.map(async (position): Promise<Device> => {
      const keys = await issue(encryption, 'P', deviceName(position));
      const credentials =
        'devicePsk' in keys
          ? ({ type: 'psk', psk: createSecret(keys.devicePsk) } as const)
          : ({ type: 'certificate', certificate: keys.deviceCert, privateKey: createSecret(keys.devicePrivateKey) } as const);
      return { deviceName: deviceName(position), status: 'created', credentials };
    }),
  );
}

/** Any string JavaScript can hold, lone surrogates and control characters included. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.array(fc.integer({ min: 0, max: 0xff_ff }), { minLength: 1, maxLength: 12 }).map((units) => String.fromCharCode(...units)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => `-----BEGIN X-----\n${Buffer.from(bytes).toString('base64')}\n-----END X-----\n`),
);

const wireText = fc.oneof({ weight: 3, arbitrary: anyText }, fc.constantFrom(null, ''));
const wireResult = fc
  .oneof(fc.constantFrom(0, 0, 0, 2000, 2001, 2008, 2100, 2101), fc.integer())
  .chain((code) => fc.constantFrom(code, String(code)));

/** One element of `listCreateDeviceInfo` as the vendor may send it, before any parsing. */
export const wireDeviceArbitrary = fc.record(
  {
    deviceName: anyText,
    result: wireResult,
    deviceCert: wireText,
    devicePrivateKey: wireText,
    devicePsk: wireText,
    errMsg: wireText,
  },
  { requiredKeys: ['deviceName', 'result'] },
);

/** Letters for `makeDevices`: a task of up to `maxLength` devices of every kind. */
export const lettersArbitrary = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom('k', 'p', 'f', 'b'), minLength: 0, maxLength });

/** A page query near a task of up to `maxItems` devices, past its end included. */
export const pageQueryArbitrary = (maxItems: number) =>
  fc.record(
    {
      page: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: maxItems + 2 }) }, fc.integer({ min: 1, max: 2_147_483_647 })),
      pageSize: fc.integer({ min: 1, max: 100 }),
      status: fc.constantFrom('created' as const, 'failed' as const),
    },
    { requiredKeys: ['page', 'pageSize'] },
  );

/** What is noted of the creation of these devices. @param expiresAtS Unix seconds */
export function makeCreation(devices: readonly Device[], expiresAtS: number): TaskCreation {
  const namesHash = hashNameSet(devices.map(({ deviceName: name }) => name));
  return { createdAtS: expiresAtS - 30 * 86_400, expiresAtS, totalDevices: devices.length, namesHash };
}
