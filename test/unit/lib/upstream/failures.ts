import type { ProblemCode } from '../../../../lib/errors.ts';
import type { Failure } from '../../../../lib/upstream/failure.ts';
import type { FailureClass } from '../../../../lib/upstream/failureClass.ts';

type Refusal = Extract<Failure, { kind: 'refusal' }>;

/** A refusal of a class, with a code no API of the vendor's has. */
export function refusalOf(failureClass: FailureClass, more: { vendorClockS?: number; problem?: ProblemCode; onTask?: ProblemCode } = {}): Refusal {
  const { problem = 'upstream-error', onTask, vendorClockS } = more;
  return {
    kind: 'refusal',
    meaning: { class: failureClass, problem, ...(onTask === undefined ? {} : { onTask }) },
    upstream: { api: 'v2', code: 42 },
    ...(vendorClockS === undefined ? {} : { vendorClockS }),
  };
}

/** Failures without a code, and what each of them says. */
export const faults: readonly (readonly [failure: Failure, failureClass: FailureClass])[] = [
  [{ kind: 'connection', sent: true, reason: 'ECONNRESET' }, 'vendor-down'],
  [{ kind: 'connection', sent: false, reason: 'ECONNREFUSED' }, 'unsent'],
  [{ kind: 'timeout', sent: true }, 'vendor-down'],
  [{ kind: 'timeout', sent: false }, 'unsent'],
  [{ kind: 'unreadable', reason: 'status', httpStatus: 404 }, 'vendor-fault'],
  [{ kind: 'unreadable', reason: 'status', httpStatus: 500 }, 'vendor-down'],
  [{ kind: 'unreadable', reason: 'status', httpStatus: 503 }, 'vendor-down'],
  [{ kind: 'unreadable', reason: 'http' }, 'vendor-fault'],
  [{ kind: 'unreadable', reason: 'json' }, 'vendor-fault'],
  [{ kind: 'unreadable', reason: 'shape' }, 'vendor-fault'],
  [{ kind: 'unreadable', reason: 'size' }, 'vendor-fault'],
  [{ kind: 'breaker-open' }, 'definite'],
  [{ kind: 'no-time-left' }, 'definite'],
  [{ kind: 'no-key', error: new Error('gone') }, 'definite'],
];
