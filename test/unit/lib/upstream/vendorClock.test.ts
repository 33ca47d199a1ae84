import { describe, expect, it } from 'vitest';
import { createVendorClock, measureAheadMs } from '../../../../lib/upstream/vendorClock.ts';
import { faults, refusalOf } from './failures.ts';

const DAY_S = 24 * 60 * 60;
const nowMs = 1_795_514_400_900;
const nowS = 1_795_514_400;

const refusedTelling = (offsetS: number) => refusalOf('clock-refused', { vendorClockS: nowS + offsetS });
const refusedTellingNone = refusalOf('clock-refused');
const create = () => createVendorClock(() => nowMs);

describe('createVendorClock', () => {
  it.each([0, 1, -1, 7200, DAY_S, -DAY_S])('learns a clock that is told %i s off, and by how much the attempt was wrong', (offsetS) => {
    const clock = create();
    expect(clock.learn(refusedTelling(offsetS), 60)).toEqual({ kind: 'told', errorS: offsetS - 60 });
    expect(clock.offsetS()).toBe(offsetS);
  });

  it.each([DAY_S + 1, -DAY_S - 1, -nowS])('does not believe one that is told %i s off', (offsetS) => {
    const clock = create();
    expect([clock.learn(refusedTelling(offsetS), 0), clock.offsetS()]).toEqual([undefined, 0]);
  });

  it('learns from no other failure, whatever clock it tells', () => {
    const clock = create();
    const others = [...faults.map(([failure]) => failure), refusalOf('vendor-down', { vendorClockS: nowS + 60 })];
    expect(others.map((failure) => clock.learn(failure, 0))).toEqual(others.map(() => undefined));
    expect(clock.offsetS()).toBe(0);
  });

  it.each([refusedTellingNone, refusedTelling(DAY_S + 1)])('forgets what it has learned when it is refused and none is told: %j', (refused) => {
    const clock = create();
    clock.learn(refusedTelling(7200), 0);
    expect([clock.learn(refused, 7200), clock.offsetS()]).toEqual([{ kind: 'unlearned' }, 0]);
    expect(clock.learn(refused, 0)).toBeUndefined();
  });

  it('does not forget what another attempt has learned meanwhile', () => {
    const clock = create();
    clock.learn(refusedTelling(7200), 0);
    clock.learn(refusedTelling(60), 7200);
    expect([clock.learn(refusedTellingNone, 7200), clock.offsetS()]).toEqual([{ kind: 'unlearned' }, 60]);
  });
});

const secondMs = Date.UTC(2026, 10, 24, 10);
const dateAt = (ms: number) => new Date(ms).toUTCString();

describe('measureAheadMs', () => {
  it('is 0 if both may tell the same second at any time of the call', () => {
    expect(measureAheadMs(dateAt(secondMs), secondMs, secondMs + 999)).toBe(0);
    expect(measureAheadMs(dateAt(secondMs), secondMs + 999, secondMs + 1500)).toBe(0);
    expect(measureAheadMs(dateAt(secondMs + 1000), secondMs + 999, secondMs + 1500)).toBe(0);
  });

  it("is otherwise the middle of the vendor's second less the middle of the call", () => {
    expect(measureAheadMs(dateAt(secondMs + 7000), secondMs + 400, secondMs + 600)).toBe(7000);
    expect(measureAheadMs(dateAt(secondMs - 1000), secondMs, secondMs + 200)).toBe(-600);
  });

  it.each([undefined, '', 'soon'])('is not known of the date %j', (date) => {
    expect(measureAheadMs(date, secondMs, secondMs)).toBeUndefined();
  });
});
