import { describe, expect, it } from 'vitest';
import { secretOf } from '../../../../lib/deviceTasks/device.ts';
import { toDevice } from '../../../../lib/upstream/toDevice.ts';
import { wireDevice } from '../../../../lib/upstream/queryV2/wireSchemas.ts';

const translate = (wire: object) => toDevice(wireDevice.parse({ deviceName: 'd', ...wire }));

describe('a created device', () => {
  it('has a certificate and its private key', () => {
    const device = translate({ result: 0, deviceCert: 'cert', devicePrivateKey: 'key' });
    expect(device).toMatchObject({ deviceName: 'd', status: 'created', credentials: { type: 'certificate', certificate: 'cert' } });
    expect(secretOf(device)?.reveal()).toBe('key');
  });

  it('has a certificate alone where the key is gone, and a key alone where only that was sent', () => {
    const bare = { deviceName: 'd', status: 'created' };
    expect(translate({ result: 0, deviceCert: 'cert' })).toEqual({ ...bare, credentials: { type: 'certificate', certificate: 'cert' } });
    const device = translate({ result: 0, devicePrivateKey: 'key' });
    expect(device).toMatchObject({ ...bare, credentials: { type: 'certificate' } });
    expect(secretOf(device)?.reveal()).toBe('key');
  });

  it('has a pre-shared key', () => {
    const device = translate({ result: '0', devicePsk: 's/GiL8XZ7f/bWvQIuKjMoQ==' });
    expect(device).toMatchObject({ status: 'created', credentials: { type: 'psk' } });
    expect(secretOf(device)?.reveal()).toBe('s/GiL8XZ7f/bWvQIuKjMoQ==');
  });

  it('has no credentials where none were sent', () => {
    expect(translate({ result: 0, deviceCert: '', devicePsk: null, errMsg: 'ok' })).toEqual({ deviceName: 'd', status: 'created' });
  });
});

describe('a failed device', () => {
  it.each([
    [2000, 'device-limit-exceeded'],
    [2001, 'device-name-exists'],
    [2008, 'product-not-found'],
    [2100, 'vendor-internal-error'],
    [2101, 'invalid-device-name'],
    [2002, 'unknown-failure'],
    [2006, 'unknown-failure'],
    [6000, 'unknown-failure'],
    [1, 'unknown-failure'],
    [-1, 'unknown-failure'],
  ])('with result %i has the code %s and keeps its legacy code', (legacyCode, code) => {
    expect(translate({ result: legacyCode })).toEqual({ deviceName: 'd', status: 'failed', error: { code, legacyCode } });
    expect(translate({ result: String(legacyCode) })).toEqual(translate({ result: legacyCode }));
  });

  it("keeps the vendor's text where it sent one", () => {
    expect(translate({ result: 2100, errMsg: '内部服务器错误' })).toMatchObject({ error: { legacyMessage: '内部服务器错误' } });
  });

  it('has no credentials, whatever was sent', () => {
    expect(translate({ result: 2001, deviceCert: 'cert', devicePsk: 'psk' })).not.toHaveProperty('credentials');
  });
});
