import type { Secret } from '../secret.ts';

/** The vendor's key pair, with a session token where the credentials are temporary. */
export interface VendorKey {
  readonly secretId: string;
  readonly secretKey: Secret;
  readonly token?: Secret;
}

/** Where the key pair comes from; a provider that can be read again serves rotation. */
export interface VendorKeys {
  /** Rejects where it cannot be read, and no pair is known from before. */
  readonly current: () => Promise<VendorKey>;
  /** Reads the pair again after the vendor refused it. @returns whether there is another now; where that cannot be read: no */
  readonly refresh: (refused: VendorKey) => Promise<boolean>;
}

/** A key pair that never changes: from the environment, offline and in tests. */
export function createFixedVendorKeys(key: VendorKey): VendorKeys {
  return { current: () => Promise.resolve(key), refresh: () => Promise.resolve(false) };
}
