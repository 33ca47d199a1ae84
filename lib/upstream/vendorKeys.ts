import type { Secret } from '../secret.ts';

/** The vendor's key pair, with a session token if the credentials are temporary. */
export interface VendorKey {
  readonly secretId: string;
  readonly secretKey: Secret;
  readonly token?: Secret;
}

/** Source of the key pair. One that can be read again allows the pair to be rotated. */
export interface VendorKeys {
  /** Rejects if it cannot be read and no pair is known from before. */
  readonly current: () => Promise<VendorKey>;
  /** Reads the pair again after the vendor refused it. @returns whether it differs now; no, if it cannot be read */
  readonly refresh: (refused: VendorKey) => Promise<boolean>;
}

/** A key pair that never changes, as the environment gives it offline and in tests. */
export function createFixedVendorKeys(key: VendorKey): VendorKeys {
  return { current: () => Promise.resolve(key), refresh: () => Promise.resolve(false) };
}
