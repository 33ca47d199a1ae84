import { meaningOf, type RefusalClass } from './queryV2/codes.ts';
import type { LegacyFailure } from './failure.ts';

/** One call: the first attempt and at most two more. */
export const MAX_ATTEMPTS = 3;

/** A told clock further off than this is taken for nonsense. */
const MAX_CLOCK_OFFSET_S = 24 * 60 * 60;

/** A smaller error of the clock explains no refusal: it is the vendor's newer, smaller skew. */
const VENDOR_SKEW_S = 5 * 60;

const FIRST_BACKOFF_MS = 100;

const TRANSIENT: readonly RefusalClass[] = ['throttled', 'clock-refused', 'vendor-fault', 'vendor-down'];

function isOfClass(failure: LegacyFailure, wanted: RefusalClass): boolean {
  return failure.kind === 'refusal' && meaningOf(failure).class === wanted;
}

/** Whether the vendor refuses the key pair itself: it may have been rotated. */
export function isKeyRefused(failure: LegacyFailure): boolean {
  return isOfClass(failure, 'key-refused');
}

/** Whether the vendor refuses the time the call was signed at. */
export function isClockRefused(failure: LegacyFailure): boolean {
  return isOfClass(failure, 'clock-refused');
}

function isTransient(failure: LegacyFailure): boolean {
  if (failure.kind === 'refusal') return TRANSIENT.includes(meaningOf(failure).class);
  return !['breaker-open', 'no-time-left', 'no-key'].includes(failure.kind);
}

/** Whether a read that failed like this on its `attempt` (from 1) may be sent again. */
export function mayRetryRead(failure: LegacyFailure, attempt: number): boolean {
  return attempt < MAX_ATTEMPTS && isTransient(failure);
}

/** What a refused attempt taught of the vendor's clock. */
export type ClockLesson =
  /** It told its clock: by how many seconds the attempt's timestamp was off. */
  | { readonly kind: 'told'; readonly errorS: number }
  /** It told none, although the attempt was signed with a learned clock, which is forgotten. */
  | { readonly kind: 'unlearned' };

/**
 * Whether a creation may be sent again: only if the attempt surely did nothing and the next one differs. No
 * connection, too many calls, or a timestamp refused because our clock, or the one we had learned, was wrong.
 */
export function mayRetryCreation(failure: LegacyFailure, attempt: number, lesson: ClockLesson | undefined): boolean {
  if (attempt >= MAX_ATTEMPTS) return false;
  if (failure.kind === 'connection' || failure.kind === 'timeout') return !failure.sent;
  if (isOfClass(failure, 'throttled')) return true;
  if (!isClockRefused(failure) || lesson === undefined) return false;
  return lesson.kind === 'unlearned' || Math.abs(lesson.errorS) > VENDOR_SKEW_S;
}

/**
 * The vendor's clock less ours, in seconds, as a refusal of the timestamp tells it.
 * @returns `undefined` if none is told, or one that is more than a day off
 */
export function toldClockOffsetS(failure: LegacyFailure, nowMs: number): number | undefined {
  if (failure.kind !== 'refusal' || failure.vendorClockS === undefined || !isClockRefused(failure)) return undefined;
  const offsetS = failure.vendorClockS - Math.floor(nowMs / 1000);
  return Math.abs(offsetS) > MAX_CLOCK_OFFSET_S ? undefined : offsetS;
}

/** Full-jitter backoff before attempt `attempt + 1`, in milliseconds. @param random in [0, 1) */
export function backoffMs(attempt: number, random: number): number {
  return Math.floor(random * FIRST_BACKOFF_MS * 2 ** attempt);
}
