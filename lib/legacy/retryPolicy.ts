import { decidingCode } from './codes.ts';
import type { LegacyFailure } from './failure.ts';

/** One read: the first attempt and at most two more. */
export const MAX_ATTEMPTS = 3;

/** A told clock further off than this is taken for nonsense. */
const MAX_CLOCK_OFFSET_S = 24 * 60 * 60;

/** A creation is repeated on a 4500 only where the clocks differ by more than the vendor's newer, smaller skew. */
const VENDOR_SKEW_S = 5 * 60;

const FIRST_BACKOFF_MS = 100;
// Above what three attempts reach: for whoever allows more.
const MAX_BACKOFF_MS = 1000;

const RATE_LIMITED = 4400;
const EXPIRED = 4200;
const REPLAYED = 4500;
const TRANSIENT_CODES: readonly number[] = [RATE_LIMITED, EXPIRED, REPLAYED, 2100, 5100, 6000];
const WRONG_KEY_CODES: readonly number[] = [4100, 4104];

/** Whether the vendor refuses the key pair itself: it may have been rotated. */
export function isKeyRefused(failure: LegacyFailure): boolean {
  return failure.kind === 'refusal' && WRONG_KEY_CODES.includes(decidingCode(failure));
}

function isTransient(failure: LegacyFailure): boolean {
  if (failure.kind === 'refusal') return TRANSIENT_CODES.includes(decidingCode(failure));
  return !['breaker-open', 'no-time-left', 'no-key'].includes(failure.kind);
}

/** Whether a read that failed like this on its `attempt` (from 1) may be sent again. */
export function mayRetryRead(failure: LegacyFailure, attempt: number): boolean {
  return attempt < MAX_ATTEMPTS && isTransient(failure);
}

/**
 * Whether a creation may be sent again: only what surely did nothing. No connection, too many calls,
 * or a signature refused because our clock really is wrong.
 */
export function mayRetryCreation(failure: LegacyFailure, attempt: number, offsetErrorS: number | undefined): boolean {
  if (attempt >= MAX_ATTEMPTS) return false;
  if (failure.kind === 'connection' || failure.kind === 'timeout') return !failure.sent;
  if (failure.kind !== 'refusal') return false;
  const code = decidingCode(failure);
  if (code === RATE_LIMITED) return true;
  return code === REPLAYED && offsetErrorS !== undefined && Math.abs(offsetErrorS) > VENDOR_SKEW_S;
}

/**
 * The vendor's clock less ours, in seconds, as a 4200 or 4500 tells it.
 * @returns `undefined` where none is told, or one that is more than a day off
 */
export function toldClockOffsetS(failure: LegacyFailure, nowMs: number): number | undefined {
  if (failure.kind !== 'refusal' || failure.vendorClockS === undefined) return undefined;
  if (![EXPIRED, REPLAYED].includes(decidingCode(failure))) return undefined;
  const offsetS = failure.vendorClockS - Math.floor(nowMs / 1000);
  return Math.abs(offsetS) > MAX_CLOCK_OFFSET_S ? undefined : offsetS;
}

/** Full-jitter backoff before attempt `attempt + 1`, in milliseconds. @param random in [0, 1) */
export function backoffMs(attempt: number, random: number): number {
  return Math.floor(random * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt));
}
