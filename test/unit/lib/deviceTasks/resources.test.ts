import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deviceResultPageResource,
  deviceTaskResource,
  presentPage,
  presentTask,
  toTimestamp,
} from '../../../../lib/deviceTasks/resources.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { lettersArbitrary, makeDevices, pageQueryArbitrary, present } from '../../../support/devices.ts';
import { ref } from './fakePorts.ts';

describe('presentPage', () => {
  it('fits its schema, and JSON carries it unchanged', () => {
    fc.assert(
      fc.property(lettersArbitrary(30), pageQueryArbitrary(30), fc.boolean(), (letters, query, withSecrets) => {
        const resource = presentPage(ref, query, cutPage(makeDevices(letters), query, withSecrets));
        expect(deviceResultPageResource.parse(resource)).toEqual(resource);
        expect(JSON.parse(JSON.stringify(resource))).toStrictEqual(resource);
      }),
    );
  });

  it('shows every kind of device as the contract does', () => {
    expect(present(makeDevices('kpfb'))).toStrictEqual([
      { deviceName: 'sensor-00000', status: 'created', credentials: { type: 'certificate', certificate: 'certificate tag 0', privateKey: 'private key tag 0' } },
      { deviceName: 'sensor-00001', status: 'created', credentials: { type: 'psk', psk: Buffer.from('psk tag 1').toString('base64') } },
      { deviceName: 'sensor-00002', status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001, message: 'A device with this name already exists.', legacyMessage: 'message tag 2' } },
      { deviceName: 'sensor-00003', status: 'created' },
    ]);
  });

  it('puts the vendor’s text only where there is one', () => {
    const error = { code: 'unknown-failure', legacyCode: -7 } as const;
    const [resource] = present([{ deviceName: 'a', status: 'failed', error }]) ?? [];
    expect(resource).toStrictEqual({ deviceName: 'a', status: 'failed', error: { ...error, message: 'The vendor gave a failure code this service has no name for.' } });
  });
});

describe('presentTask', () => {
  it('gives counts and times that are known', () => {
    const counts = { totalDevices: 2, createdDevices: 1, failedDevices: 1 };
    const [createdAtS, expiresAtS] = [Date.UTC(2026, 10, 24, 10) / 1000, Date.UTC(2026, 11, 24, 10) / 1000];
    const resource = presentTask(ref, { status: 'completed', ...counts, createdAtS, expiresAtS });
    const times = { createdAt: '2026-11-24T10:00:00Z', expiresAt: '2026-12-24T10:00:00Z' };
    expect(resource).toStrictEqual({ ...ref, status: 'completed', ...counts, ...times });
    expect(deviceTaskResource.parse(resource)).toEqual(resource);
  });

  it('gives no more than it knows', () => {
    expect(presentTask(ref, { status: 'pending' })).toStrictEqual({ ...ref, status: 'pending' });
  });
});

describe('toTimestamp', () => {
  it('is RFC 3339 in UTC, to the second, and says the same second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (unixSeconds) => {
        expect(toTimestamp(unixSeconds)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(Date.parse(toTimestamp(unixSeconds))).toBe(unixSeconds * 1000);
      }),
    );
  });
});
