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

const bare = (result: number) => ({ deviceName: 'd', result });

describe('wireDevice', () => {
  it('takes a device of which nothing but name and result was sent', () => {
    expect(wireDevice.parse({ deviceName: 'd', result: '2001' })).toEqual(bare(2001));
  });

  it('keeps credential strings byte for byte', () => {
    fc.assert(
      fc.property(opaque, opaque, opaque, (deviceCert, devicePrivateKey, devicePsk) => {
        const wire = wireDevice.parse({ deviceName: 'd', result: 0, deviceCert, devicePrivateKey, devicePsk });
        expect(wire.certificate).toBe(deviceCert);
        expect([wire.privateKey?.reveal(), wire.psk?.reveal()]).toEqual([devicePrivateKey, devicePsk]);
      }),
    );
  });

  it('holds keys as secrets from here on', () => {
    const wire = wireDevice.parse({ deviceName: 'd', result: 0, devicePrivateKey: 'the-private-key', devicePsk: 'the-psk' });
    expect(JSON.stringify(wire)).toBe('{"deviceName":"d","result":0,"privateKey":"[redacted]","psk":"[redacted]"}');
  });

  it.each(['deviceCert', 'devicePrivateKey', 'devicePsk', 'errMsg'])('takes an empty or null %s for absent', (name) => {
    for (const value of ['', null]) {
      expect(wireDevice.parse({ deviceName: 'd', result: 0, [name]: value })).toEqual(bare(0));
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

describe('getMultiDevicesPayload', () => {
  it('takes the total as a number or a string, and a list without a task id', () => {
    expect(getMultiDevicesPayload.parse(list([], { totalDevNum: '0' }))).toEqual({ total: 0, devices: [] });
  });

  it.each([list([], { totalDevNum: -1 }), list([], { totalDevNum: '' }), list({}), list(null), list([{}]), { totalDevNum: 2 }])(
    'refuses %j',
    (payload) => expect(getMultiDevicesPayload.safeParse(payload).success).toBe(false),
  );
});

describe('getCreateMultiDevTaskPayload', () => {
  it('takes the status, with or without a task id', () => {
    expect(getCreateMultiDevTaskPayload.parse({ taskStatus: '1', taskID: 'T' })).toEqual({ taskId: 'T', status: 'running' });
    expect(getCreateMultiDevTaskPayload.parse({ taskStatus: 2 })).toEqual({ status: 'completed' });
  });

  it.each([-1, 3, '3', 'done', 1.5, null, undefined])('refuses the status %j', (taskStatus) => {
    expect(getCreateMultiDevTaskPayload.safeParse({ taskStatus }).success).toBe(false);
  });
});

describe('createMultiDevicePayload', () => {
  it('takes a task id that fits into our paths', () => {
    expect(createMultiDevicePayload.parse({ taskID: 'A-z_0' })).toBe('A-z_0');
    expect(createMultiDevicePayload.safeParse({ taskID: 'x'.repeat(64) }).success).toBe(true);
  });

  it.each([undefined, null, '', 7, 'a/b', 'a b', 'x'.repeat(65), 'T\n'])('refuses %j', (taskID) => {
    expect(createMultiDevicePayload.safeParse({ taskID }).success).toBe(false);
  });
});
