import { classOf, type Failure } from './failure.ts';

/** A told clock further off than this is taken for nonsense. */
const MAX_OFFSET_S = 24 * 60 * 60;

/** What a refused timestamp taught of the vendor's clock. */
export type ClockLesson =
  /** The refusal told it: by how many seconds the attempt's timestamp was off. */
  | { readonly kind: 'told'; readonly errorS: number }
  /** The refusal told none, although the attempt was signed with a learned clock, which is forgotten. */
  | { readonly kind: 'unlearned' };

/** The difference between the vendor's clock and ours, learned from refusals and remembered as long as the process lives. */
export interface VendorClock {
  /** The vendor's clock less ours, in seconds. */
  readonly offsetS: () => number;
  /** @param usedOffsetS the offset the failed attempt was signed with */
  readonly learn: (failure: Failure, usedOffsetS: number) => ClockLesson | undefined;
}

function toldOffsetS(failure: Failure, nowMs: number): number | undefined {
  if (failure.kind !== 'refusal' || failure.vendorClockS === undefined) return undefined;
  const offsetS = failure.vendorClockS - Math.floor(nowMs / 1000);
  return Math.abs(offsetS) > MAX_OFFSET_S ? undefined : offsetS;
}

/** @param now Unix milliseconds */
export function createVendorClock(now: () => number): VendorClock {
  let offsetS = 0;
  return {
    offsetS: () => offsetS,
    learn: (failure, usedOffsetS) => {
      if (classOf(failure) !== 'clock-refused') return undefined;
      const toldS = toldOffsetS(failure, now());
      if (toldS !== undefined) {
        offsetS = toldS;
        return { kind: 'told', errorS: toldS - usedOffsetS };
      }
      if (usedOffsetS === 0) return undefined;
      // Another call may have learned a better one meanwhile; only the one that was refused is forgotten.
      if (offsetS === usedOffsetS) offsetS = 0;
      return { kind: 'unlearned' };
    },
  };
}

const secondOf = (ms: number) => Math.floor(ms / 1000) * 1000;

/**
 * The vendor's clock less ours, in milliseconds, as an answer's `Date` tells it. That has whole seconds: if both clocks
 * may tell the same second, they are taken to agree; otherwise the middle of his second stood in the middle of the call.
 * @param sentMs @param receivedMs when the call began and ended, by our clock @returns `undefined` if there is no date
 */
export function measureAheadMs(date: string | undefined, sentMs: number, receivedMs: number): number | undefined {
  const dateMs = Date.parse(date ?? '');
  if (Number.isNaN(dateMs)) return undefined;
  if (dateMs >= secondOf(sentMs) && dateMs <= secondOf(receivedMs)) return 0;
  return dateMs + 500 - (sentMs + receivedMs) / 2;
}
