import type { Credentials, Device, DeviceErrorCode } from '../deviceTasks/device.ts';
import type { Secret } from '../secret.ts';

/** The result of one device as the vendor sent it, under names both APIs share. */
export interface VendorDevice {
  readonly deviceName: string;
  /** 0, or why it was not created. */
  readonly result: number;
  readonly certificate: string | undefined;
  readonly privateKey: Secret | undefined;
  readonly psk: Secret | undefined;
  /** The vendor's own text. */
  readonly message: string | undefined;
}

const CREATED = 0;

// Both APIs send these numbers. Source: docs/legacy-api.md, "Module codes".
export const DEVICE_ERRORS: Readonly<Record<number, DeviceErrorCode>> = {
  2000: 'device-limit-exceeded',
  2001: 'device-name-exists',
  2008: 'product-not-found',
  2100: 'vendor-internal-error',
  2101: 'invalid-device-name',
};

function toCredentials({ certificate, privateKey, psk }: VendorDevice): Credentials | undefined {
  if (certificate !== undefined || privateKey !== undefined)
    return {
      type: 'certificate',
      ...(certificate === undefined ? {} : { certificate }),
      ...(privateKey === undefined ? {} : { privateKey }),
    };
  return psk === undefined ? undefined : { type: 'psk', psk };
}

/** A device's result as the domain has it: the vendor's codes end here. */
export function toDevice(vendorDevice: VendorDevice): Device {
  const { deviceName, result: legacyCode, message } = vendorDevice;
  if (legacyCode === CREATED) {
    const credentials = toCredentials(vendorDevice);
    return { deviceName, status: 'created', ...(credentials === undefined ? {} : { credentials }) };
  }
  const code = DEVICE_ERRORS[legacyCode] ?? 'unknown-failure';
  return {
    deviceName,
    status: 'failed',
    error: { code, legacyCode, ...(message === undefined ? {} : { legacyMessage: message }) },
  };
}
