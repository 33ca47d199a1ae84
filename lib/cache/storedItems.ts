import * as z from 'zod/mini';
import { deviceErrorMessages, type Device, type DeviceErrorCode } from '../deviceTasks/device.ts';
import { secretOf } from '../deviceTasks/device.ts';
import type { TaskCreation } from '../deviceTasks/ports.ts';
import type { AttributeValue, Item } from './dynamoDbApi.ts';

// The stored form of a completed task. `docs/store.md` shows the table; raise SCHEMA_VERSION with any change
// of these shapes: what carries another version counts as absent and is fetched anew.

export const SCHEMA_VERSION = 1;

/** Positions are five digits wide; more devices than that are never stored. */
export const MAX_STORED_DEVICES = 10_000;

const numberAttribute = z.pipe(z.object({ N: z.string() }), z.transform(({ N }) => Number(N)));
const textAttribute = z.pipe(z.object({ S: z.string() }), z.transform(({ S }) => S));
const binaryAttribute = z.pipe(z.object({ B: z.string() }), z.transform(({ B }): Uint8Array => Buffer.from(B, 'base64')));

const common = {
  v: numberAttribute.check(z.refine((version) => version === SCHEMA_VERSION)),
  fetchId: textAttribute,
  expiresAt: numberAttribute,
};

const headerItem = z.object({
  ...common,
  statuses: textAttribute.check(z.regex(/^[cfs]*$/)),
  dataKey: z.optional(binaryAttribute),
});
const rowItem = z.object({ ...common, sk: textAttribute, device: textAttribute });
const secretItem = z.object({ ...common, sk: textAttribute, box: binaryAttribute });
const creationItem = z.object({
  v: common.v,
  createdAt: numberAttribute,
  expiresAt: numberAttribute,
  totalDevices: numberAttribute,
  namesHash: textAttribute,
});

export type StoredHeader = z.infer<typeof headerItem>;

const deviceErrorCodes = Object.keys(deviceErrorMessages) as [DeviceErrorCode, ...DeviceErrorCode[]]; // keys of a literal

// A row's JSON: a device without its secret.
const storedDevice = z.discriminatedUnion('status', [
  z.strictObject({
    deviceName: z.string(),
    status: z.literal('created'),
    credentials: z.exactOptional(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('certificate'), certificate: z.exactOptional(z.string()) }),
        z.strictObject({ type: z.literal('psk') }),
      ]),
    ),
  }),
  z.strictObject({
    deviceName: z.string(),
    status: z.literal('failed'),
    error: z.strictObject({
      code: z.enum(deviceErrorCodes),
      legacyCode: z.int(),
      legacyMessage: z.exactOptional(z.string()),
    }),
  }),
]);

function parseDeviceJson(text: string): Device | undefined {
  try {
    const parsed = storedDevice.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

const isLive = (item: { expiresAt: number }, nowS: number) => item.expiresAt > nowS;

/** The header, or `undefined` where it is missing, unreadable, of another version or expired. */
export function parseHeader(item: Item | undefined, nowS: number): StoredHeader | undefined {
  const parsed = headerItem.safeParse(item);
  return parsed.success && isLive(parsed.data, nowS) ? parsed.data : undefined;
}

/** The rows of one fetch by their sort key; every other row counts as absent. */
export function parseRows(items: readonly Item[], header: StoredHeader, nowS: number): Map<string, Device> {
  const rows = new Map<string, Device>();
  for (const item of items) {
    const parsed = rowItem.safeParse(item);
    if (!parsed.success || parsed.data.fetchId !== header.fetchId || !isLive(parsed.data, nowS)) continue;
    const device = parseDeviceJson(parsed.data.device);
    if (device !== undefined) rows.set(parsed.data.sk, device);
  }
  return rows;
}

/** The secret rows of one fetch by their sort key; every other row counts as absent. */
export function parseSecretRows(items: readonly Item[], header: StoredHeader, nowS: number): Map<string, Uint8Array> {
  const rows = new Map<string, Uint8Array>();
  for (const item of items) {
    const parsed = secretItem.safeParse(item);
    if (parsed.success && parsed.data.fetchId === header.fetchId && isLive(parsed.data, nowS))
      rows.set(parsed.data.sk, parsed.data.box);
  }
  return rows;
}

/** What was noted when the task was created, unless the vendor has forgotten it by now. */
export function parseCreation(item: Item | undefined, nowS: number): TaskCreation | undefined {
  const parsed = creationItem.safeParse(item);
  if (!parsed.success || !isLive(parsed.data, nowS)) return undefined;
  const { createdAt, expiresAt, totalDevices, namesHash } = parsed.data;
  return { createdAtS: createdAt, expiresAtS: expiresAt, totalDevices, namesHash };
}

/** `f` failed, `c` created, `s` created with a secret. */
export function statusCharacter(device: Device): 'c' | 'f' | 's' {
  if (device.status === 'failed') return 'f';
  return secretOf(device) === undefined ? 'c' : 's';
}

/** Bytes as an attribute. */
export function toBinary(bytes: Uint8Array): AttributeValue {
  return { B: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}

/** What every item of one fetch carries. */
export interface ItemFrame {
  readonly pk: string;
  readonly fetchId: string;
  readonly expiresAtS: number;
}

/** An item of the table with its keys, schema version and expiry. */
export function toItem(frame: ItemFrame, sk: string, attributes: Item): Item {
  return {
    pk: { S: frame.pk },
    sk: { S: sk },
    v: { N: String(SCHEMA_VERSION) },
    fetchId: { S: frame.fetchId },
    expiresAt: { N: String(frame.expiresAtS) },
    ...attributes,
  };
}
