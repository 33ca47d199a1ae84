import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf } from '../../../../lib/upstream/failure.ts';
import type { FailureClass } from '../../../../lib/upstream/failureClass.ts';
import { backoffMs, MAX_ATTEMPTS, mayRetry } from '../../../../lib/upstream/retryPolicy.ts';
import { faults, refusalOf } from './failures.ts';

const classes: readonly [failureClass: FailureClass, read: boolean, creation: boolean][] = [
  ['definite', false, false],
  ['unsent', true, true],
  ['throttled', true, true],
  ['key-refused', false, false],
  ['clock-refused', true, false],
  ['out-of-service', false, false],
  ['vendor-fault', true, false],
  ['vendor-down', true, false],
  ['inconclusive', false, false],
];

describe('mayRetry', () => {
  it.each(classes)('after a refusal of class %s: a read %s, a creation %s', (failureClass, read, creation) => {
    const failure = refusalOf(failureClass);
    expect([mayRetry('read', failure, undefined), mayRetry('creation', failure, undefined)]).toEqual([read, creation]);
  });

  it.each(faults)('after %j: as after a refusal of its class', (failure) => {
    const refusal = refusalOf(classOf(failure));
    for (const kind of ['read', 'creation'] as const) expect(mayRetry(kind, failure, undefined)).toBe(mayRetry(kind, refusal, undefined));
  });

  it('allows a creation that was never sent, and no other one that failed without a code', () => {
    for (const [failure] of faults) expect(mayRetry('creation', failure, undefined)).toBe('sent' in failure && !failure.sent);
  });

  it('allows a creation whose timestamp was refused only if our clock was more than 300 s off', () => {
    const errors = [0, 300, -300, 301, -301];
    const refused = refusalOf('clock-refused');
    expect(errors.map((errorS) => mayRetry('creation', refused, { kind: 'told', errorS }))).toEqual([false, false, false, true, true]);
  });

  it('allows a creation whose timestamp was refused if a learned clock was forgotten', () => {
    expect(mayRetry('creation', refusalOf('clock-refused'), { kind: 'unlearned' })).toBe(true);
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
