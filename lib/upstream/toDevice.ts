import type { Credentials, Device, DeviceErrorCode } from '../deviceTasks/device.ts';
import type { WireDevice } from './queryV2/wireSchemas.ts';

const CREATED = 0;

// Per-device `result`: the codes CreateDevice returns. Source: docs/legacy-api.md, "Module codes".
const DEVICE_ERRORS: Readonly<Record<number, DeviceErrorCode>> = {
  2000: 'device-limit-exceeded',
  2001: 'device-name-exists',
  2008: 'product-not-found',
  2100: 'vendor-internal-error',
  2101: 'invalid-device-name',
};

function toCredentials(wire: WireDevice): Credentials | undefined {
  const { deviceCert: certificate, devicePrivateKey: privateKey, devicePsk: psk } = wire;
  if (certificate !== undefined || privateKey !== undefined)
    return {
      type: 'certificate',
      ...(certificate === undefined ? {} : { certificate }),
      ...(privateKey === undefined ? {} : { privateKey }),
    };
  return psk === undefined ? undefined : { type: 'psk', psk };
}

/** One item of `listCreateDeviceInfo` as a device: the wire's names and codes end here. */
export function toDevice(wire: WireDevice): Device {
  const { deviceName, result: legacyCode, errMsg } = wire;
  if (legacyCode === CREATED) {
    const credentials = toCredentials(wire);
    return { deviceName, status: 'created', ...(credentials === undefined ? {} : { credentials }) };
  }
  const code = DEVICE_ERRORS[legacyCode] ?? 'unknown-failure';
  return {
    deviceName,
    status: 'failed',
    error: { code, legacyCode, ...(errMsg === undefined ? {} : { legacyMessage: errMsg }) },
  };
}
