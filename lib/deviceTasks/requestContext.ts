/** How the cache took part in an answer (RFC 9211). */
export type CacheOutcome =
  | { readonly kind: 'hit'; readonly ttlS: number }
  | { readonly kind: 'miss'; readonly stored: boolean }
  | { readonly kind: 'bypass' };

/** What one request cost; filled in on the way, logged at its end. */
export interface Tally {
  vendorCalls: number;
  vendorMs: number;
  /** When the last of those calls was sent, in Unix milliseconds. */
  lastSentAtMs?: number;
  cache?: CacheOutcome;
  /** Devices whose secrets the answer holds. */
  credentialsRead?: number;
  /** Devices of a batch whose outcome became final. */
  settled?: { readonly created: number; readonly failed: number; readonly unknown: number };
}

/** What every step of one request shares. */
export interface RequestContext {
  /** Unix milliseconds by which the answer must be ready. */
  readonly deadlineMs: number;
  readonly tally: Tally;
}
