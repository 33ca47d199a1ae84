import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Associated data of these parts: what was encrypted with it can only be decrypted beside the very same parts. */
export function associatedData(parts: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify(parts), 'utf8');
}

/** AES-256-GCM under a key of 32 bytes. @returns iv (12 bytes), ciphertext, tag (16 bytes) */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(aad);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @returns the plaintext, or `undefined` if anything differs: bytes, associated data or key */
export function decrypt(key: Uint8Array, encrypted: Uint8Array, aad: Uint8Array): Buffer | undefined {
  if (encrypted.length < IV_BYTES + TAG_BYTES) return undefined;
  const tagStart = encrypted.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, encrypted.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(aad).setAuthTag(encrypted.subarray(tagStart));
    return Buffer.concat([decipher.update(encrypted.subarray(IV_BYTES, tagStart)), decipher.final()]);
  } catch {
    return undefined;
  }
}
