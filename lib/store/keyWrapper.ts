import { randomBytes } from 'node:crypto';
import type { Secret } from '../secret.ts';
import { associatedData, decrypt, encrypt } from './cipher.ts';

/** What a data key is bound to; visible in audit logs, so never a secret. */
export type WrapContext = Readonly<Record<string, string>>;

export interface DataKey {
  /** 32 bytes, in memory only. */
  readonly plaintext: Uint8Array;
  /** As it is stored. */
  readonly wrapped: Uint8Array;
}

/** The service that holds the wrapping key did not do its work; asking again later may help. */
export class KeyUnavailableError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : 'the wrapping key is out of reach', { cause });
    this.name = 'KeyUnavailableError';
  }
}

/** Makes data keys and opens wrapped ones. */
export interface KeyWrapper {
  readonly generate: (context: WrapContext) => Promise<DataKey>;
  /** @returns `undefined` if the wrapped key is damaged or its wrapping key is lost; throws `KeyUnavailableError` on passing faults */
  readonly unwrap: (wrapped: Uint8Array, context: WrapContext) => Promise<Uint8Array | undefined>;
}

export const DATA_KEY_BYTES = 32;

const contextData = (context: WrapContext) => associatedData(Object.entries(context).flat());

/** Wraps data keys under a local key of 32 bytes in base64: offline and in tests. */
export function createLocalKeyWrapper(localKey: Secret): KeyWrapper {
  const wrappingKey = Buffer.from(localKey.reveal(), 'base64');
  return {
    generate: (context) => {
      const plaintext = randomBytes(DATA_KEY_BYTES);
      return Promise.resolve({ plaintext, wrapped: encrypt(wrappingKey, plaintext, contextData(context)) });
    },
    unwrap: (wrapped, context) => Promise.resolve(decrypt(wrappingKey, wrapped, contextData(context))),
  };
}
