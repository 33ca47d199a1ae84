import type { Secret } from '../secret.ts';

/** Names the batch creation a device task stands for. */
export interface TaskRef {
  readonly productId: string;
  readonly taskId: string;
}

export type TaskStatus = 'pending' | 'running' | 'completed';

/** The per-device failure codes; `unknown-failure` carries every legacy code the table does not name. */
export const deviceErrorMessages = {
  'device-limit-exceeded': 'The product has reached its limit of devices.',
  'device-name-exists': 'A device with this name already exists.',
  'product-not-found': 'The product does not exist.',
  'vendor-internal-error': 'The vendor failed internally; contact its support.',
  'invalid-device-name': 'The vendor finds the device name invalid.',
  'unknown-failure': 'The vendor gave a failure code this service has no name for.',
} as const;

export type DeviceErrorCode = keyof typeof deviceErrorMessages;

export interface DeviceError {
  readonly code: DeviceErrorCode;
  readonly legacyCode: number;
  /** The vendor's own text, where it sent one. */
  readonly legacyMessage?: string;
}

/** Key material of a created device. The secret half may be missing: not sent, or not asked for. */
export type Credentials =
  | { readonly type: 'certificate'; readonly certificate?: string; readonly privateKey?: Secret }
  | { readonly type: 'psk'; readonly psk?: Secret };

/** The result of one device of a batch. */
export type Device =
  | { readonly deviceName: string; readonly status: 'created'; readonly credentials?: Credentials }
  | { readonly deviceName: string; readonly status: 'failed'; readonly error: DeviceError };

export type DeviceStatus = Device['status'];

export interface TaskCounts {
  readonly totalDevices: number;
  readonly createdDevices: number;
  readonly failedDevices: number;
}

/** How many devices were created and how many failed. */
export function countDevices(devices: readonly Device[]): TaskCounts {
  const createdDevices = devices.filter((device) => device.status === 'created').length;
  return { totalDevices: devices.length, createdDevices, failedDevices: devices.length - createdDevices };
}

/** The secret of a device, where it has one. */
export function secretOf(device: Device): Secret | undefined {
  if (device.status !== 'created' || device.credentials === undefined) return undefined;
  return device.credentials.type === 'certificate' ? device.credentials.privateKey : device.credentials.psk;
}

/** The same device without its secret. */
export function withoutSecret(device: Device): Device {
  if (device.status !== 'created' || device.credentials === undefined) return device;
  const { credentials } = device;
  if (credentials.type === 'psk') return { ...device, credentials: { type: 'psk' } };
  const { certificate } = credentials;
  return { ...device, credentials: { type: 'certificate', ...(certificate === undefined ? {} : { certificate }) } };
}

/** The same device with its secret put back. */
export function withSecret(device: Device, secret: Secret): Device {
  if (device.status !== 'created' || device.credentials === undefined) return device;
  const { credentials } = device;
  const whole: Credentials =
    credentials.type === 'psk' ? { ...credentials, psk: secret } : { ...credentials, privateKey: secret };
  return { ...device, credentials: whole };
}
