import type { Clock } from '../clock.ts';
import type { RequestScope } from '../deviceTasks/requestScope.ts';
import { classOf, failed, type Outcome } from './failure.ts';
import { backoffMs, MAX_ATTEMPTS, mayRetry, type CallKind } from './retryPolicy.ts';
import type { Signing } from './vendorApi.ts';
import { createVendorClock } from './vendorClock.ts';
import type { VendorKeys } from './vendorKeys.ts';

export interface RetryDeps {
  readonly keys: VendorKeys;
  readonly clock: Clock;
  /** In [0, 1), for the backoff. */
  readonly random: () => number;
}

/** One attempt of a call. */
export type Attempt<T> = (signing: Signing) => Promise<Outcome<T>>;

/** Makes attempts, each signed anew, until one succeeds, none may follow, or the request's time is over. */
export type WithRetries = <T>(kind: CallKind, attempt: Attempt<T>, scope: RequestScope) => Promise<Outcome<T>>;

// Less than this is no time for a round trip to the vendor.
export const MIN_ATTEMPT_MS = 50;

/** Retries that learn: the vendor's clock from its refusals, a rotated key pair from where it is kept. */
export function createRetries({ keys, clock, random }: RetryDeps): WithRetries {
  const vendorClock = createVendorClock(clock.now);

  const prepare = async (): Promise<Outcome<Signing & { readonly offsetS: number }>> => {
    try {
      const key = await keys.current();
      const offsetS = vendorClock.offsetS();
      return { ok: true, value: { key, offsetS, timestampS: Math.floor(clock.now() / 1000) + offsetS } };
    } catch (error) {
      return failed({ kind: 'no-key', error });
    }
  };

  return async (kind, attempt, scope) => {
    let last: Awaited<ReturnType<typeof attempt>> | undefined;
    let isKeyRefreshed = false;
    for (let number = 1; ; number += 1) {
      const signing = await prepare();
      // What was not sent says nothing; the attempt before it does.
      if (!signing.ok) return last ?? signing;
      const outcome = await attempt(signing.value);
      if (outcome.ok) return outcome;
      const { failure } = outcome;
      if (failure.kind === 'no-time-left') return last ?? outcome;
      last = outcome;
      const lesson = vendorClock.learn(failure, signing.value.offsetS);
      if (number === MAX_ATTEMPTS) return outcome;
      if (classOf(failure) === 'key-refused' && !isKeyRefreshed) {
        isKeyRefreshed = true;
        if (await keys.refresh(signing.value.key)) continue;
      }
      if (!mayRetry(kind, failure, lesson)) return outcome;
      const pauseMs = backoffMs(number, random());
      if (clock.now() + pauseMs + MIN_ATTEMPT_MS > scope.deadlineMs) return outcome;
      await clock.sleep(pauseMs);
    }
  };
}
