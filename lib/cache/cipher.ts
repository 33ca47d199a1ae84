import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Binds a box to its place: account, product, task, fetch and device. A box moved elsewhere does not open. */
export function associatedData(parts: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify(parts), 'utf8');
}

/** AES-256-GCM under a key of 32 bytes. @returns iv (12 bytes), ciphertext, tag (16 bytes) */
export function seal(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(aad);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Opens a box. @returns `undefined` where it was tampered with, moved, or sealed under another key */
export function open(key: Uint8Array, box: Uint8Array, aad: Uint8Array): Buffer | undefined {
  if (box.length < IV_BYTES + TAG_BYTES) return undefined;
  const tagStart = box.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(aad).setAuthTag(box.subarray(tagStart));
    return Buffer.concat([decipher.update(box.subarray(IV_BYTES, tagStart)), decipher.final()]);
  } catch {
    return undefined;
  }
}
