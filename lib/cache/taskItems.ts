import { secretOf, withoutSecret, type Device, type TaskRef } from '../deviceTasks/device.ts';
import { seal } from './cipher.ts';
import { HEADER, rowKey, secretKey, type Tenant } from './keys.ts';
import type { DataKey, KeyWrapper } from './keyWrapper.ts';
import { encodeSecret, secretRowData, wrapContext } from './secretRows.ts';
import { MAX_STORED_DEVICES, statusCharacter, toBinary, toItem, type ItemFrame } from './storedItems.ts';
import type { Item } from './dynamoDbApi.ts';

export interface BuildContext {
  readonly tenant: Tenant;
  readonly ref: TaskRef;
  readonly frame: ItemFrame;
  readonly wrapper: KeyWrapper | undefined;
}

export interface TaskItems {
  readonly header: Item;
  /** Rows and secret rows, in any order. */
  readonly rows: readonly Item[];
}

// A device is some 2 KB; what is far beyond that is no device of this vendor, and is not stored.
// Keys and the other attributes take less than 1 KB, so that no item exceeds 100 KB.
const MAX_PAYLOAD_BYTES = 99_000;

function assertStorable(size: number): void {
  if (size > MAX_PAYLOAD_BYTES) throw new Error(`a device of ${size} bytes is not stored`);
}

function toRow(frame: ItemFrame, device: Device, position: number): Item {
  const json = JSON.stringify(withoutSecret(device));
  assertStorable(Buffer.byteLength(json));
  return toItem(frame, rowKey(position), { device: { S: json } });
}

function toSecretRows({ tenant, ref, frame }: BuildContext, dataKey: DataKey, devices: readonly Device[]): Item[] {
  return devices.flatMap((device, position) => {
    const secret = secretOf(device);
    if (secret === undefined) return [];
    const plaintext = encodeSecret(secret);
    assertStorable(plaintext.length);
    const aad = secretRowData(tenant, ref, frame.fetchId, position, device.deviceName);
    return [toItem(frame, secretKey(position), { box: toBinary(seal(dataKey.plaintext, plaintext, aad)) })];
  });
}

/** All items of a completed task under one fetch id. @throws where a device is too large or no data key is to be had */
export async function buildTaskItems(context: BuildContext, devices: readonly Device[]): Promise<TaskItems> {
  const { tenant, ref, frame, wrapper } = context;
  if (devices.length > MAX_STORED_DEVICES) throw new Error(`a task of ${devices.length} devices is not stored`);
  const hasSecrets = devices.some((device) => secretOf(device) !== undefined);
  const dataKey = hasSecrets ? await wrapper?.generate(wrapContext(tenant, ref, frame.fetchId)) : undefined;
  const header = toItem(frame, HEADER, {
    statuses: { S: devices.map(statusCharacter).join('') },
    ...(dataKey === undefined ? {} : { dataKey: toBinary(dataKey.wrapped) }),
  });
  const rows = devices.map((device, position) => toRow(frame, device, position));
  const secrets = dataKey === undefined ? [] : toSecretRows(context, dataKey, devices);
  return { header, rows: [...rows, ...secrets] };
}
