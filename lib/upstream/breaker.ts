import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhenResult } from 'cockatiel';
import { classOf, failed, type FailedOutcome, type Outcome } from './failure.ts';
import { failureTraits } from './failureClass.ts';

/** Keeps reads from a vendor that is down. */
export interface Breaker {
  readonly run: <T>(read: () => Promise<Outcome<T>>) => Promise<Outcome<T>>;
}

const FAILURES_TO_OPEN = 5;
const PROBE_AFTER_MS = 2000;

/**
 * Opens after 5 reads in a row that failed because the vendor is down; lets one probe through after 2 s.
 * Outcomes are values, so that a refusal counts as an answer and resets the count (cockatiel leaves the
 * count alone on errors it does not handle). It holds no timer, so a frozen process thaws without harm.
 */
export function createBreaker(): Breaker {
  const policy = circuitBreaker(
    handleWhenResult((result) => isFailedOutcome(result) && failureTraits[classOf(result.failure)].isDown),
    { halfOpenAfter: PROBE_AFTER_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
  );
  const refuse = () => failed({ kind: 'breaker-open' });
  return {
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

function isFailedOutcome(result: unknown): result is FailedOutcome {
  return typeof result === 'object' && result !== null && Reflect.get(result, 'ok') === false;
}

function isBrokenCircuit(error: unknown): boolean {
  return error instanceof Error && 'isBrokenCircuitError' in error;
}
