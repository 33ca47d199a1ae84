import type { LegacyFailure } from './failure.ts';
import { isClockRefused, toldClockOffsetS, type ClockLesson } from './retryPolicy.ts';

/** The vendor's clock less ours, in seconds, as its refusals tell it; remembered as long as the process lives. */
export interface VendorClock {
  readonly offsetS: () => number;
  /**
   * Learns from a refused timestamp: the clock the refusal tells, or that the learned one is wrong.
   * @param usedOffsetS the offset the refused attempt was signed with
   */
  readonly learn: (failure: LegacyFailure, usedOffsetS: number) => ClockLesson | undefined;
}

/** @param now Unix milliseconds */
export function createVendorClock(now: () => number): VendorClock {
  let offsetS = 0;
  return {
    offsetS: () => offsetS,
    learn: (failure, usedOffsetS) => {
      const toldS = toldClockOffsetS(failure, now());
      if (toldS !== undefined) {
        offsetS = toldS;
        return { kind: 'told', errorS: toldS - usedOffsetS };
      }
      if (!isClockRefused(failure) || usedOffsetS === 0) return undefined;
      // Another call may have learned a better one meanwhile; only the one that was refused is forgotten.
      if (offsetS === usedOffsetS) offsetS = 0;
      return { kind: 'unlearned' };
    },
  };
}
