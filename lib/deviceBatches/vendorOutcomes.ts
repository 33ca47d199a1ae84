import { AppError, type ProblemCode } from '../errors.ts';
import type { LookOutcome, SendOutcome } from './partSteps.ts';

/** Problems that pass: the vendor throttles or is away, or our own keys are refused or out of reach. */
const PASSING: ReadonlySet<ProblemCode> = new Set([
  'upstream-rate-limited',
  'upstream-unavailable',
  'upstream-timeout',
  'upstream-auth-failed',
  'internal-error',
]);

/** Whether a call surely did nothing, and may do better later. */
export const isPassing = (error: unknown) => error instanceof AppError && PASSING.has(error.code);

/**
 * What a creation that threw means for its part. What is no answer of the vendor's may have happened after the sending.
 * @param sentAtMs when it was last sent, in Unix milliseconds, if it is known to have been
 */
export function outcomeOfSending(error: unknown, sentAtMs: number | undefined): SendOutcome {
  if (!(error instanceof AppError) || error.code === 'task-creation-unknown') return { kind: 'unknown', ...(sentAtMs === undefined ? {} : { sentAtMs }) };
  if (PASSING.has(error.code)) return { kind: 'not-now' };
  return { kind: 'refused', error: error.options.deviceError ?? { code: 'unknown-failure' } };
}

/** What a look at a task that threw means for its part. */
export function outcomeOfLooking(error: unknown): LookOutcome {
  if (!(error instanceof AppError)) return { kind: 'not-now' };
  if (error.code === 'task-not-completed') return { kind: 'running' };
  return { kind: PASSING.has(error.code) ? 'not-now' : 'troubled' };
}
