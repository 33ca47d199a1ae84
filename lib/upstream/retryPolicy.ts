import { classOf, type Failure } from './failure.ts';
import { failureTraits } from './failureClass.ts';
import type { ClockLesson } from './vendorClock.ts';

/** One call: the first attempt and at most two more. */
export const MAX_ATTEMPTS = 3;

/** The skew that the vendor's newer documents allow: an error within it explains no refusal. */
const VENDOR_SKEW_S = 5 * 60;

const FIRST_BACKOFF_MS = 100;

/** A call that changes nothing, or one that must not happen twice. */
export type CallKind = 'read' | 'creation';

/** Whether a call that failed like this may be sent again. @param lesson what the failure taught of the vendor's clock */
export function mayRetry(kind: CallKind, failure: Failure, lesson: ClockLesson | undefined): boolean {
  const failureClass = classOf(failure);
  const { didNothing, isRetryable } = failureTraits[failureClass];
  // Asking once more would bring the same answer.
  if (!isRetryable) return false;
  // A read does no harm.
  if (kind === 'read') return true;
  // What may have created devices is not sent again.
  if (!didNothing) return false;
  // The creation is signed for another time now: our clock was wrong, or the one we had learned was.
  if (failureClass === 'clock-refused') return lesson?.kind === 'unlearned' || Math.abs(lesson?.errorS ?? 0) > VENDOR_SKEW_S;
  return true;
}

/** Full-jitter backoff before attempt `attempt + 1`, in milliseconds. @param random in [0, 1) */
export function backoffMs(attempt: number, random: number): number {
  return Math.floor(random * FIRST_BACKOFF_MS * 2 ** attempt);
}
