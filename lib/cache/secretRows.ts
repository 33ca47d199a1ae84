import * as z from 'zod/mini';
import type { TaskRef } from '../deviceTasks/device.ts';
import { createSecret, type Secret } from '../secret.ts';
import { associatedData, open } from './cipher.ts';
import { secretKey, type Tenant } from './keys.ts';
import type { KeyWrapper, WrapContext } from './keyWrapper.ts';
import { parseSecretRows, SCHEMA_VERSION, type StoredHeader } from './storedItems.ts';
import type { Item } from './dynamoDbApi.ts';

/** What a task's data key is bound to: names only, since KMS writes them into its audit log. */
export function wrapContext(tenant: Tenant, ref: TaskRef, fetchId: string): WrapContext {
  const { host, region, account } = tenant;
  return { service: 'iotcloud-rest', host, region, account, productId: ref.productId, taskId: ref.taskId, fetchId };
}

/** What a secret row is bound to; moved to another account, task, fetch, position or device it does not open. */
export function secretRowData(tenant: Tenant, ref: TaskRef, fetchId: string, position: number, deviceName: string): Buffer {
  const { host, region, account } = tenant;
  return associatedData([SCHEMA_VERSION, host, region, account, ref.productId, ref.taskId, fetchId, position, deviceName]);
}

/** A secret as it is sealed: JSON, since UTF-8 alone would lose the lone surrogates a vendor's `\uXXXX` can bring. */
export function encodeSecret(secret: Secret): Buffer {
  return Buffer.from(JSON.stringify(secret.reveal()), 'utf8');
}

function decodeSecret(plaintext: Buffer): Secret | undefined {
  try {
    const parsed = z.string().safeParse(JSON.parse(plaintext.toString('utf8')));
    return parsed.success ? createSecret(parsed.data) : undefined;
  } catch {
    return undefined;
  }
}

export interface OpeningContext {
  readonly tenant: Tenant;
  readonly ref: TaskRef;
  readonly header: StoredHeader;
  readonly wrapper: KeyWrapper;
  readonly nowS: number;
}

/**
 * Opens the secrets at the wanted positions with one use of the wrapping key.
 * @returns `undefined` where one is missing, was tampered with or moved, or its key is lost
 */
export async function openSecrets(
  { tenant, ref, header, wrapper, nowS }: OpeningContext,
  wanted: readonly number[],
  items: readonly Item[],
  names: ReadonlyMap<number, string>,
): Promise<Map<number, Secret> | undefined> {
  const boxes = parseSecretRows(items, header, nowS);
  if (header.dataKey === undefined || wanted.some((position) => !boxes.has(secretKey(position)))) return undefined;
  const dataKey = await wrapper.unwrap(header.dataKey, wrapContext(tenant, ref, header.fetchId));
  if (dataKey === undefined) return undefined;
  const secrets = new Map<number, Secret>();
  for (const position of wanted) {
    const box = boxes.get(secretKey(position));
    const aad = secretRowData(tenant, ref, header.fetchId, position, names.get(position) ?? '');
    const plaintext = box === undefined ? undefined : open(dataKey, box, aad);
    const secret = plaintext === undefined ? undefined : decodeSecret(plaintext);
    if (secret === undefined) return undefined;
    secrets.set(position, secret);
  }
  return secrets;
}
