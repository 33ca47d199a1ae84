import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createMultiDevicePayload,
  getCreateMultiDevTaskPayload,
  getMultiDevicesPayload,
  wireDevice,
} from '../../../../../lib/upstream/queryV2/wireSchemas.ts';

const list = (listCreateDeviceInfo: unknown, more: object = {}) => ({ totalDevNum: 2, listCreateDeviceInfo, ...more });
// Any text with line ends, blanks and what else an opaque string may hold.
const opaque = fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.constantFrom('a\r\nb\n', ' ', 's/GiL8XZ7f/bWvQIuKjMoQ==', '\u0000'));

describe('wireDevice', () => {
  it('takes a device of which nothing but name and result was sent', () => {
    expect(wireDevice.parse({ deviceName: 'd', result: '2001' })).toEqual({ deviceName: 'd', result: 2001 });
  });

  it('keeps credential strings byte for byte', () => {
    fc.assert(
      fc.property(opaque, opaque, opaque, (deviceCert, devicePrivateKey, devicePsk) => {
        const wire = wireDevice.parse({ deviceName: 'd', result: 0, deviceCert, devicePrivateKey, devicePsk });
        expect(wire.deviceCert).toBe(deviceCert);
        expect([wire.devicePrivateKey?.reveal(), wire.devicePsk?.reveal()]).toEqual([devicePrivateKey, devicePsk]);
      }),
    );
  });

  it('holds keys as secrets from here on', () => {
    const wire = wireDevice.parse({ deviceName: 'd', result: 0, devicePrivateKey: 'the-private-key', devicePsk: 'the-psk' });
    expect(JSON.stringify(wire)).toBe('{"deviceName":"d","result":0,"devicePrivateKey":"[redacted]","devicePsk":"[redacted]"}');
  });

  it.each(['deviceCert', 'devicePrivateKey', 'devicePsk', 'errMsg'])('takes an empty or null %s for absent', (name) => {
    for (const value of ['', null]) {
      expect(wireDevice.parse({ deviceName: 'd', result: 0, [name]: value })).toEqual({ deviceName: 'd', result: 0 });
    }
  });

  it.each([
    {},
    { deviceName: 'd' },
    { result: 0 },
    { deviceName: '', result: 0 },
    { deviceName: 7, result: 0 },
    { deviceName: 'x'.repeat(257), result: 0 },
    { deviceName: 'd', result: 'ok' },
    { deviceName: 'd', result: null },
    { deviceName: 'd', result: 0, deviceCert: 5 },
    { deviceName: 'd', result: 0, devicePsk: ['psk'] },
    'd',
    null,
  ])('refuses %j', (device) => expect(wireDevice.safeParse(device).success).toBe(false));
});

describe('a certificate', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n';
  const refusesAround = (key: string) =>
    [key, key.toLowerCase(), certificate + key, `${key}\n${certificate}`].every((deviceCert) => {
      const device = { deviceName: 'd', result: 0, deviceCert };
      return !wireDevice.safeParse(device).success;
    });

  it.each(['', 'RSA ', 'EC ', 'DSA ', 'ENCRYPTED ', 'OPENSSH ', 'ANY '])('with a private key of the kind %j in it is refused', (kind) => {
    expect(refusesAround(`-----BEGIN ${kind}PRIVATE KEY-----\nc2VjcmV0\n-----END ${kind}PRIVATE KEY-----\n`)).toBe(true);
  });

  it.each(['-----BEGIN  PRIVATE  KEY-----', '-----BEGIN\tRSA\r\nPRIVATE KEY', '----- BEGIN PRIVATE KEY -----'])('with %j is refused: it only looks odd', (key) => {
    expect(refusesAround(key)).toBe(true);
  });

  it('that speaks of keys otherwise is kept as it is', () => {
    for (const text of [`subject=PRIVATE KEY Ltd\n${certificate}`, certificate + certificate, '-----BEGIN PUBLIC KEY-----'])
      expect(wireDevice.parse({ deviceName: 'd', result: 0, deviceCert: text }).deviceCert).toBe(text);
  });
});

describe('getMultiDevicesPayload', () => {
  it('takes the total as a number or a string, and a list without a task id', () => {
    expect(getMultiDevicesPayload.parse(list([], { totalDevNum: '0' }))).toEqual({ totalDevNum: 0, listCreateDeviceInfo: [] });
  });

  it.each([list([], { totalDevNum: -1 }), list([], { totalDevNum: '' }), list({}), list(null), list([{}]), { totalDevNum: 2 }])(
    'refuses %j',
    (payload) => expect(getMultiDevicesPayload.safeParse(payload).success).toBe(false),
  );
});

describe('getCreateMultiDevTaskPayload', () => {
  it.each([0, 1, 2, '0', '1', '2'])('takes the status %j', (taskStatus) => {
    expect(getCreateMultiDevTaskPayload.parse({ taskStatus, taskID: 'T' })).toEqual({ taskStatus: Number(taskStatus), taskID: 'T' });
  });

  it.each([-1, 3, '3', 'done', 1.5, null, undefined])('refuses the status %j', (taskStatus) => {
    expect(getCreateMultiDevTaskPayload.safeParse({ taskStatus }).success).toBe(false);
  });
});

describe('createMultiDevicePayload', () => {
  it('takes a task id that fits into our paths', () => {
    expect(createMultiDevicePayload.parse({ taskID: 'A-z_0' })).toEqual({ taskID: 'A-z_0' });
    expect(createMultiDevicePayload.safeParse({ taskID: 'x'.repeat(64) }).success).toBe(true);
  });

  it.each([undefined, null, '', 7, 'a/b', 'a b', 'x'.repeat(65), 'T\n'])('refuses %j', (taskID) => {
    expect(createMultiDevicePayload.safeParse({ taskID }).success).toBe(false);
  });
});
