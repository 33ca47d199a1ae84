import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { secretOf, type Device, type TaskRef } from '../deviceTasks/device.ts';
import { createSecret, type Secret } from '../secret.ts';
import { associatedData, decrypt, encrypt } from './cipher.ts';
import { CHUNK_SIZE } from './chunks.ts';
import type { WrapContext } from './keyWrapper.ts';
import { packJson, unpackJson } from './packing.ts';
import { SCHEMA_VERSION, type StoredHeader } from './storedItems.ts';

/** What is stored in clear does not fit what is encrypted beside it: something else than the service has written there. */
export class StoredMismatchError extends Error {
  constructor() {
    super('what is stored in clear is not what its secrets were encrypted with');
    this.name = 'StoredMismatchError';
  }
}

/** What a task's data key is bound to: names only, since KMS writes them into its audit log. */
export function wrapContext(account: string, ref: TaskRef, fetchId: string): WrapContext {
  return { service: 'iotcloud-rest', account, productId: ref.productId, taskId: ref.taskId, fetchId };
}

/** Where a chunk of secrets lies, and what is stored in clear beside it. */
export interface ChunkSurroundings {
  readonly account: string;
  readonly ref: TaskRef;
  readonly header: Pick<StoredHeader, 'fetchId' | 'statuses' | 'nameIndex' | 'expiresAt'>;
  readonly chunk: number;
  /** The chunk's devices as they are stored. */
  readonly devices: Uint8Array;
}

/** With other devices, statuses or index, or another expiry beside it, or at another place, a chunk of secrets cannot be decrypted. */
export function secretChunkData({ account, ref, header, chunk, devices }: ChunkSurroundings): Buffer {
  const { fetchId, statuses, nameIndex, expiresAt } = header;
  const headerInClear = JSON.stringify([statuses, Buffer.from(nameIndex).toString('base64'), expiresAt]);
  const clear = createHash('sha256').update(headerInClear).update(devices).digest('base64');
  return associatedData([SCHEMA_VERSION, account, ref.productId, ref.taskId, fetchId, chunk, clear]);
}

/** The secrets of a chunk's devices, encrypted; `null` for a device without one. @throws if they are too large to be stored */
export function encryptSecrets(dataKey: Uint8Array, surroundings: ChunkSurroundings, devices: readonly Device[]): Uint8Array {
  // As JSON: UTF-8 alone would lose the lone surrogates that a vendor's `\uXXXX` can bring.
  const secrets = packJson(devices.map((device) => secretOf(device)?.reveal() ?? null));
  return encrypt(dataKey, secrets, secretChunkData(surroundings));
}

const storedSecrets = z.array(z.nullable(z.string())).check(z.maxLength(CHUNK_SIZE));

/** @returns a chunk's secrets in the order of its devices @throws StoredMismatchError */
export function decryptSecrets(dataKey: Uint8Array, surroundings: ChunkSurroundings, encrypted: Uint8Array): (Secret | undefined)[] {
  const packed = decrypt(dataKey, encrypted, secretChunkData(surroundings));
  const secrets = packed && storedSecrets.safeParse(unpackJson(packed)).data;
  if (secrets === undefined) throw new StoredMismatchError();
  return secrets.map((secret) => (secret === null ? undefined : createSecret(secret)));
}
