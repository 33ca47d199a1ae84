import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LegacyFailure } from '../../../../lib/upstream/failure.ts';
import {
  backoffMs,
  isKeyRefused,
  MAX_ATTEMPTS,
  mayRetryCreation,
  mayRetryRead,
  toldClockOffsetS,
  type ClockLesson,
} from '../../../../lib/upstream/retryPolicy.ts';

const DAY_S = 24 * 60 * 60;
const nowMs = 1_795_514_400_900;
const nowS = 1_795_514_400;

const refusal = (code: number, more: { moduleCode?: number; vendorClockS?: number } = {}): LegacyFailure => ({ kind: 'refusal', code, ...more });
const TRANSIENT = [2100, 4200, 4400, 4500, 5100, 6000];
const faults: LegacyFailure[] = [
  { kind: 'connection', sent: true, reason: 'ECONNRESET' },
  { kind: 'connection', sent: false, reason: 'ECONNREFUSED' },
  { kind: 'timeout', sent: true },
  { kind: 'timeout', sent: false },
  { kind: 'unreadable', reason: 'status', httpStatus: 502 },
  { kind: 'unreadable', reason: 'json' },
  { kind: 'unreadable', reason: 'shape' },
  { kind: 'unreadable', reason: 'size' },
];

describe('mayRetryRead', () => {
  it.each(faults)('allows it after %j', (failure) => expect(mayRetryRead(failure, 1)).toBe(true));

  it.each(TRANSIENT)('allows it after %i', (code) => expect(mayRetryRead(refusal(code), 1)).toBe(true));

  it('allows it after no other code', () => {
    const other = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constant(6200)).filter((code) => !TRANSIENT.includes(code));
    fc.assert(fc.property(other, (code) => !mayRetryRead(refusal(code), 1)));
  });

  it('lets the module code decide where the table names it', () => {
    expect(mayRetryRead(refusal(5000, { moduleCode: 2100 }), 1)).toBe(true);
    expect(mayRetryRead(refusal(6000, { moduleCode: 2006 }), 1)).toBe(false);
    expect(mayRetryRead(refusal(6000, { moduleCode: 2005 }), 1)).toBe(true);
  });

  it('does not allow it while the breaker is open', () => expect(mayRetryRead({ kind: 'breaker-open' }, 1)).toBe(false));

  it('allows three attempts in all', () => {
    expect([1, 2, 3, 4].map((attempt) => mayRetryRead(refusal(6000), attempt))).toEqual([true, true, false, false]);
    expect(MAX_ATTEMPTS).toBe(3);
  });
});

describe('mayRetryCreation', () => {
  it.each(faults)('allows it after %j only where nothing was sent', (failure) => {
    expect(mayRetryCreation(failure, 1, undefined)).toBe('sent' in failure && !failure.sent);
  });

  it('allows it after 4400, and after no other code but a refused timestamp', () => {
    const lessons = fc.constantFrom<ClockLesson | undefined>(undefined, { kind: 'unlearned' }, { kind: 'told', errorS: 3600 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), lessons, (code, lesson) => {
        fc.pre(![4200, 4500].includes(code));
        expect(mayRetryCreation(refusal(code), 1, lesson)).toBe(code === 4400);
      }),
    );
    expect(mayRetryCreation(refusal(4400), 1, undefined)).toBe(true);
  });

  it.each([4200, 4500])('allows it after a %i that tells our clock to be more than 300 s off', (code) => {
    const errors = [0, 300, -300, 301, -301];
    expect(errors.map((errorS) => mayRetryCreation(refusal(code), 1, { kind: 'told', errorS }))).toEqual([false, false, false, true, true]);
  });

  it.each([4200, 4500])('allows it after a %i that tells no clock only if a learned one was forgotten', (code) => {
    const lessons = [undefined, { kind: 'unlearned' }] as const;
    expect(lessons.map((lesson) => mayRetryCreation(refusal(code), 1, lesson))).toEqual([false, true]);
  });

  it.each([4200, 4400, 4500])('does not allow it after a %i whose module code says something else', (code) => {
    expect(mayRetryCreation(refusal(code, { moduleCode: 2100 }), 1, { kind: 'unlearned' })).toBe(false);
  });

  it('does not allow it while the breaker is open', () => expect(mayRetryCreation({ kind: 'breaker-open' }, 1, { kind: 'unlearned' })).toBe(false));

  it('allows three attempts in all', () => {
    expect([1, 2, 3, 4].map((attempt) => mayRetryCreation(refusal(4400), attempt, undefined))).toEqual([true, true, false, false]);
  });
});

describe('isKeyRefused', () => {
  it('holds for 4100, 4104 and 4105 alone', () => {
    const codes = Array.from({ length: 10_000 }, (_, code) => code).filter((code) => isKeyRefused(refusal(code)));
    expect(codes).toEqual([4100, 4104, 4105]);
    expect(faults.some(isKeyRefused)).toBe(false);
  });

  it('does not hold where the module code says something else', () => {
    expect(isKeyRefused(refusal(4100, { moduleCode: 2100 }))).toBe(false);
  });
});

describe('toldClockOffsetS', () => {
  it.each([4200, 4500])('is what a %i tells less our own clock, up to a day', (code) => {
    const offsets = [0, 1, -1, 7200, DAY_S, -DAY_S];
    expect(offsets.map((offsetS) => toldClockOffsetS(refusal(code, { vendorClockS: nowS + offsetS }), nowMs))).toEqual(offsets);
  });

  it.each([DAY_S + 1, -DAY_S - 1, -nowS])('is not believed %i s off', (offsetS) => {
    expect(toldClockOffsetS(refusal(4500, { vendorClockS: nowS + offsetS }), nowMs)).toBeUndefined();
  });

  it('is told by no other failure', () => {
    expect(toldClockOffsetS(refusal(6000, { vendorClockS: nowS + 1 }), nowMs)).toBeUndefined();
    expect(toldClockOffsetS(refusal(4500), nowMs)).toBeUndefined();
    expect(faults.every((failure) => toldClockOffsetS(failure, nowMs) === undefined)).toBe(true);
  });
});

describe('backoffMs', () => {
  it('lies anywhere from 0 to below a bound that doubles', () => {
    expect([1, 2].map((attempt) => backoffMs(attempt, 0))).toEqual([0, 0]);
    expect([1, 2].map((attempt) => backoffMs(attempt, 0.5))).toEqual([100, 200]);
    expect([1, 2].map((attempt) => backoffMs(attempt, 0.9999))).toEqual([199, 399]);
  });

  it('is a whole number of milliseconds', () => {
    const attempts = fc.integer({ min: 1, max: MAX_ATTEMPTS });
    fc.assert(
      fc.property(attempts, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
        expect(Number.isInteger(backoffMs(attempt, random))).toBe(true);
      }),
    );
  });
});
