import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhenResult } from 'cockatiel';
import { meaningOf, type RefusalClass } from './queryV2/codes.ts';
import { failed, type LegacyFailure, type Outcome } from './failure.ts';

/** Keeps reads from a vendor that is down. */
export interface Breaker {
  readonly run: <T>(read: () => Promise<Outcome<T>>) => Promise<Outcome<T>>;
  readonly isOpen: () => boolean;
}

const FAILURES_TO_OPEN = 5;
const PROBE_AFTER_MS = 2000;
const DOWN: readonly RefusalClass[] = ['vendor-down', 'out-of-service'];

/** Failures that say the vendor is down; any other answer of the vendor, a refusal too, says it is there. */
export function isVendorDown(failure: LegacyFailure): boolean {
  switch (failure.kind) {
    case 'connection':
    case 'timeout':
      return true;
    case 'unreadable':
      return (failure.httpStatus ?? 0) >= 500;
    case 'refusal':
      return DOWN.includes(meaningOf(failure).class);
    case 'breaker-open':
    case 'no-time-left':
    case 'no-key':
      return false;
  }
}

/**
 * Opens after 5 reads in a row that failed because the vendor is down; lets one probe through after 2 s.
 * Outcomes are values, so that a refusal counts as an answer and resets the count (cockatiel leaves the
 * count alone on errors it does not handle). It holds no timer, so a frozen process thaws without harm.
 */
export function createBreaker(): Breaker {
  const policy = circuitBreaker(
    handleWhenResult((result) => isFailedOutcome(result) && isVendorDown(result.failure)),
    { halfOpenAfter: PROBE_AFTER_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
  );
  const refuse = () => failed({ kind: 'breaker-open' });
  return {
    isOpen: () => policy.state !== CircuitState.Closed,
    run: async (read) => {
      // While a probe is on its way cockatiel would let the others wait for it; ours are answered at once.
      if (policy.state === CircuitState.HalfOpen) return refuse();
      try {
        return await policy.execute(read);
      } catch (error) {
        if (isBrokenCircuit(error)) return refuse();
        throw error;
      }
    },
  };
}

function isFailedOutcome(result: unknown): result is { ok: false; failure: LegacyFailure } {
  return typeof result === 'object' && result !== null && Reflect.get(result, 'ok') === false;
}

function isBrokenCircuit(error: unknown): boolean {
  return error instanceof Error && 'isBrokenCircuitError' in error;
}
