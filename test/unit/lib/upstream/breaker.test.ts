import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBreaker, type Breaker } from '../../../../lib/upstream/breaker.ts';
import { classOf, failed, type Failure, type Outcome } from '../../../../lib/upstream/failure.ts';
import { failureTraits } from '../../../../lib/upstream/failureClass.ts';
import { faults, refusalOf } from './failures.ts';

const success: Outcome<string> = { ok: true, value: 'yes' };
const open: Outcome<string> = failed({ kind: 'breaker-open' });

const down: Failure[] = [
  { kind: 'connection', sent: true, reason: 'ECONNRESET' },
  { kind: 'connection', sent: false, reason: 'ECONNREFUSED' },
  { kind: 'timeout', sent: true },
  { kind: 'unreadable', reason: 'status', httpStatus: 500 },
  refusalOf('vendor-down'),
  refusalOf('out-of-service'),
];
const answered: Failure[] = [
  refusalOf('definite'),
  refusalOf('throttled'),
  refusalOf('key-refused'),
  refusalOf('clock-refused'),
  refusalOf('vendor-fault'),
  refusalOf('inconclusive'),
  { kind: 'unreadable', reason: 'status', httpStatus: 404 },
  { kind: 'unreadable', reason: 'json' },
  { kind: 'unreadable', reason: 'shape' },
];

let breaker: Breaker;
let calls: number;

function run(outcome: Outcome<string>): Promise<Outcome<string>> {
  return breaker.run(() => {
    calls += 1;
    return Promise.resolve(outcome);
  });
}

/** Runs one read after the other: most of these laws are about their order. */
async function runAll(outcomes: readonly Outcome<string>[]): Promise<void> {
  for (const outcome of outcomes) await run(outcome);
}

const timesDown = (count: number) => Array.from({ length: count }, () => failed({ kind: 'timeout', sent: true }));
const advance = (ms: number) => vi.setSystemTime(Date.now() + ms);

beforeEach(() => {
  // The library reads Date.now alone; it holds no timer.
  vi.useFakeTimers({ toFake: ['Date'] });
  breaker = createBreaker();
  calls = 0;
});
afterEach(() => void vi.useRealTimers());

/** Whether it lets a read through. */
async function isClosed(): Promise<boolean> {
  const before = calls;
  await run(success);
  return calls > before;
}

describe('what says that the vendor is down', () => {
  const isDown = (failure: Failure) => failureTraits[classOf(failure)].isDown;

  it.each(down)('is %j', (failure) => expect(isDown(failure)).toBe(true));

  it.each(answered)('is not %j', (failure) => expect(isDown(failure)).toBe(false));

  it('is, of failures without a code, a lost connection, a time-out or HTTP 5xx alone', () => {
    const seen = faults.map(([failure]) => failure).filter(isDown);
    expect(seen.map((failure) => ('httpStatus' in failure ? failure.httpStatus : failure.kind))).toEqual([
      'connection',
      'connection',
      'timeout',
      'timeout',
      500,
      503,
    ]);
  });
});

describe('a closed breaker', () => {
  it('hands every outcome through as it is', async () => {
    for (const outcome of [success, ...[...down, ...answered].slice(0, 4).map(failed)]) expect(await run(outcome)).toEqual(outcome);
  });

  it('opens after five in a row, whatever way they found the vendor down', async () => {
    await runAll(down.slice(0, 5).map(failed));
    expect(await isClosed()).toBe(false);
  });

  it.each([success, ...answered.map(failed)])('starts counting anew after %j', async (outcome) => {
    await runAll([...timesDown(4), outcome, ...timesDown(4)]);
    expect(calls).toBe(9);
    await runAll(timesDown(1));
    expect([await isClosed(), calls]).toEqual([false, 10]);
  });

  it('hands on what the read throws, and does not count it', async () => {
    const fault = new Error('a fault of our own');
    const rejections = Array.from({ length: 5 }, () => expect(breaker.run(() => Promise.reject(fault))).rejects.toBe(fault));
    await Promise.all(rejections);
    expect(await isClosed()).toBe(true);
  });

  it('is not shared with another one', async () => {
    await runAll(timesDown(5));
    breaker = createBreaker();
    expect(await isClosed()).toBe(true);
  });
});

describe('an open breaker', () => {
  beforeEach(() => runAll(timesDown(5)));

  it('answers without a call for two seconds', async () => {
    expect(await run(success)).toEqual(open);
    advance(1999);
    expect(await run(success)).toEqual(open);
    expect(calls).toBe(5);
  });

  it('lets one probe through after two seconds and closes on any answer of the vendor', async () => {
    advance(2000);
    const refused = failed(refusalOf('throttled'));
    expect(await run(refused)).toEqual(refused);
    expect(await run(success)).toEqual(success);
    expect(calls).toBe(7);
  });

  it('opens for two more seconds when the probe finds the vendor down', async () => {
    advance(2000);
    expect(await run(failed({ kind: 'timeout', sent: true }))).toMatchObject({ failure: { kind: 'timeout' } });
    advance(1999);
    expect(await run(success)).toEqual(open);
    advance(1);
    expect(await run(success)).toEqual(success);
    expect(calls).toBe(7);
  });

  it('counts five anew once it has closed', async () => {
    advance(2000);
    await runAll([success, ...timesDown(4)]);
    expect(await isClosed()).toBe(true);
  });

  it('refuses at once the calls that come while the probe is on its way', async () => {
    advance(2000);
    const { promise, resolve } = Promise.withResolvers<Outcome<string>>();
    const probe = breaker.run(() => promise);
    expect(await Promise.all([run(success), run(success)])).toEqual([open, open]);
    expect(calls).toBe(5);
    resolve(success);
    expect(await probe).toEqual(success);
    expect(await run(success)).toEqual(success);
  });

  it('is freed by a probe that throws', async () => {
    advance(2000);
    await expect(breaker.run(() => Promise.reject(new Error('a fault of our own')))).rejects.toThrow('a fault of our own');
    expect(await run(success)).toEqual(success);
  });
});
