import * as z from 'zod/mini';
import type { Secret } from '../secret.ts';

/** Names the batch creation a device task stands for. */
export interface TaskRef {
  readonly productId: string;
  readonly taskId: string;
}

export type TaskStatus = 'pending' | 'running' | 'completed';

/**
 * The per-device failure codes; `unknown-failure` stands for every code of the vendor that has no name here. The last
 * three are our own, of devices of a batch.
 */
export const deviceErrorMessages = {
  'device-limit-exceeded': 'The product has reached its limit of devices.',
  'device-name-exists': 'A device with this name already exists.',
  'product-not-found': 'The product does not exist.',
  'vendor-internal-error': 'The vendor failed internally; contact its support.',
  'invalid-device-name': 'The vendor finds the device name invalid.',
  'unknown-failure': 'The vendor gave a failure code this service has no name for.',
  'not-sent': 'The vendor could not be asked for it in time; nothing was created.',
  cancelled: 'The batch was cancelled before it was sent; nothing was created.',
  'credentials-lost': "The device exists, but its private key can no longer be fetched; delete it at the vendor's and create it anew.",
} as const;

export type DeviceErrorCode = keyof typeof deviceErrorMessages;

const deviceErrorCodes = Object.keys(deviceErrorMessages) as [DeviceErrorCode, ...DeviceErrorCode[]]; // keys of a literal

/** Why a device was not created. @param ownTexts members that are ours, not the vendor's */
function declareError<T extends z.core.$ZodShape>(ownTexts: T) {
  return z.object({
    code: z.enum(deviceErrorCodes),
    legacyCode: z.exactOptional(z.union([z.int(), z.string()])),
    ...ownTexts,
    legacyMessage: z.exactOptional(z.string()),
  });
}

/**
 * The one declaration of a device, the result of one name of a batch: all its forms differ in the two parameters alone.
 * @param secret the form in which its secret stands in it
 * @param ownTexts members of its error that are ours
 */
function declareDevice<S extends z.ZodMiniType, T extends z.core.$ZodShape>(secret: S, ownTexts: T) {
  const certificate = z.object({
    type: z.literal('certificate'),
    certificate: z.exactOptional(z.string()),
    privateKey: z.exactOptional(secret),
  });
  const psk = z.object({ type: z.literal('psk'), psk: z.exactOptional(secret) });
  const created = z.object({
    deviceName: z.string(),
    status: z.literal('created'),
    credentials: z.exactOptional(z.discriminatedUnion('type', [certificate, psk])),
  });
  const failed = z.object({
    deviceName: z.string(),
    status: z.literal('failed'),
    error: declareError(ownTexts),
  });
  return z.discriminatedUnion('status', [created, failed]);
}

/** A device of a batch that may yet be created. */
export const pendingDevice = z.object({ deviceName: z.string(), status: z.literal('pending') });
/** One of which it is not known whether it was. */
export const unknownDevice = z.object({ deviceName: z.string(), status: z.literal('unknown') });

const NO_TEXTS = {};

/** What each member means: the text of the OpenAPI document. A test holds that none is left out. */
export const deviceTexts = {
  '': 'What became of one device of the batch; `status` says which of the two forms it has.',
  deviceName: 'The name the creation gave.',
  status: '`created` or `failed`.',
  credentials: 'Key material; left out if the vendor sent none. `type` says which of the two forms it has.',
  'credentials.type': '`certificate` (asymmetric) or `psk` (symmetric), as the product is set up.',
  'credentials.certificate': 'PEM, byte for byte as the vendor sent it. Public.',
  'credentials.privateKey': 'PEM, byte for byte. **Secret**: only with `include=credentials`.',
  'credentials.psk': 'The pre-shared key in base64, byte for byte. **Secret**: only with `include=credentials`.',
  error: 'Why the device was not created.',
  'error.code': 'Stable; to switch on.',
  'error.legacyCode': "The vendor's own code; left out if the failure is not the vendor's.",
  'error.message': 'For people, in English.',
  'error.legacyMessage': "The vendor's own text, often Chinese; left out if it sent none.",
} as const;

/** A device as the service works with it. The secret half of its credentials may be missing: not sent, or not asked for. */
export type Device = z.infer<ReturnType<typeof declareDevice<z.ZodMiniType<Secret>, typeof NO_TEXTS>>>;

/** Key material of a created device. */
export type Credentials = NonNullable<Extract<Device, { status: 'created' }>['credentials']>;

/** A device as it is stored in clear. With a secret in it, it is no such device; other members are ignored. */
export const storedDevice = declareDevice(z.never(), NO_TEXTS);

/** A device as the API shows it. */
export const deviceResultResource = declareDevice(z.string(), { message: z.string() });
export type DeviceResultResource = z.infer<typeof deviceResultResource>;

/** A device of a batch as the service works with it. */
export type BatchDevice = Device | z.infer<typeof pendingDevice> | z.infer<typeof unknownDevice>;

/** A device of a batch as the API shows it. */
export const batchDeviceResource = z.discriminatedUnion('status', [...deviceResultResource.def.options, pendingDevice, unknownDevice]);
export type BatchDeviceResource = z.infer<typeof batchDeviceResource>;

/** Why a device was not created, as the service works with it and stores it. */
export const deviceError = declareError(NO_TEXTS);
export type DeviceError = z.infer<typeof deviceError>;

export type DeviceStatus = Device['status'];
export type BatchDeviceStatus = BatchDevice['status'];

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

/** The secret of a device, if it has one. */
export function secretOf(device: BatchDevice): Secret | undefined {
  if (device.status !== 'created' || device.credentials === undefined) return undefined;
  return device.credentials.type === 'certificate' ? device.credentials.privateKey : device.credentials.psk;
}

/** The same device without its secret. */
export function withoutSecret(device: Device): Device {
  if (device.status !== 'created' || device.credentials === undefined) return device;
  if (device.credentials.type === 'psk') {
    const { psk: _psk, ...credentials } = device.credentials;
    return { ...device, credentials };
  }
  const { privateKey: _privateKey, ...credentials } = device.credentials;
  return { ...device, credentials };
}

/** The same device with its secret put back. */
export function withSecret(device: Device, secret: Secret): Device {
  if (device.status !== 'created' || device.credentials === undefined) return device;
  const { credentials } = device;
  return { ...device, credentials: credentials.type === 'psk' ? { ...credentials, psk: secret } : { ...credentials, privateKey: secret } };
}

/** The only place where a secret is revealed for an answer. */
function presentCredentials(credentials: Credentials): Extract<DeviceResultResource, { status: 'created' }>['credentials'] & object {
  if (credentials.type === 'psk') {
    const { psk, ...rest } = credentials;
    return { ...rest, ...(psk === undefined ? {} : { psk: psk.reveal() }) };
  }
  const { privateKey, ...rest } = credentials;
  return { ...rest, ...(privateKey === undefined ? {} : { privateKey: privateKey.reveal() }) };
}

/** A device as the contract shows it; its secret stands in it only if it is in `device`. */
export function presentDevice(device: Device): DeviceResultResource {
  if (device.status === 'failed') {
    const { legacyMessage, ...error } = device.error;
    const message = deviceErrorMessages[error.code];
    return { ...device, error: { ...error, message, ...(legacyMessage === undefined ? {} : { legacyMessage }) } };
  }
  const { credentials, ...rest } = device;
  return { ...rest, ...(credentials === undefined ? {} : { credentials: presentCredentials(credentials) }) };
}

/** A device of a batch as the contract shows it. */
export function presentBatchDevice(device: BatchDevice): BatchDeviceResource {
  return device.status === 'pending' || device.status === 'unknown' ? device : presentDevice(device);
}

/** The devices of these names, in the order of the names. @returns `undefined` if one is missing */
export function pickNames(names: readonly { readonly deviceName: string }[], devices: readonly Device[]): readonly Device[] | undefined {
  const byName = new Map(devices.map((device) => [device.deviceName, device]));
  const picked = names.flatMap(({ deviceName }) => byName.get(deviceName) ?? []);
  return picked.length === names.length ? picked : undefined;
}
