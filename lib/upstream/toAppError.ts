import { AppError, type ProblemCode } from '../errors.ts';
import { classOf, describeFailure, type Failure } from './failure.ts';
import { failureTraits } from './failureClass.ts';

/** What the call was about: some codes mean another thing on a task, and a creation may be half known. */
export type CallSubject = 'task' | 'creation';

const DETAILS: Partial<Record<ProblemCode, string>> = {
  'invalid-request': 'The vendor finds a parameter of this request invalid.',
  'task-not-found': 'The product has no such device task, or its month is over.',
  'product-not-found': 'The vendor knows no such product in this account.',
  'device-limit-exceeded': 'The product would have more devices than its limit allows.',
  'upstream-auth-failed': 'The vendor refuses the credentials of this service.',
  'upstream-rate-limited': 'The vendor counts too many calls; try again later.',
  'upstream-unavailable': 'The vendor cannot be reached or reports a fault of its own; try again later.',
  'upstream-malformed': 'The answer of the vendor could not be read; nothing was stored.',
  'upstream-timeout': 'The vendor gave no answer in time.',
  'upstream-error': 'The vendor refused the call with a code this service has no name for.',
  'task-creation-unknown':
    "Whether the devices were created is not known. Look their names up in the vendor's console before using them again.",
  'internal-error': 'The service could not read its own key to the vendor, so nothing was sent.',
};

/** Whether a creation that failed like this may have happened all the same. */
function isCreationUnknown(failure: Failure): boolean {
  return !failureTraits[classOf(failure)].didNothing;
}

function problemOf(failure: Failure, subject: CallSubject): ProblemCode {
  if (subject === 'creation' && isCreationUnknown(failure)) return 'task-creation-unknown';
  switch (failure.kind) {
    case 'refusal': {
      const { problem, onTask = problem } = failure.meaning;
      return subject === 'task' ? onTask : problem;
    }
    case 'unreadable':
      return 'upstream-malformed';
    case 'timeout':
    case 'no-time-left':
      return 'upstream-timeout';
    case 'connection':
    case 'breaker-open':
      return 'upstream-unavailable';
    case 'no-key':
      return 'internal-error';
  }
}

/** The one place where a failure of a call to the vendor becomes a problem for the client. */
export function toAppError(failure: Failure, subject: CallSubject): AppError {
  const code = problemOf(failure, subject);
  return new AppError(code, DETAILS[code] ?? '', {
    cause: failure.kind === 'no-key' ? failure.error : describeFailure(failure),
    ...(failure.kind === 'refusal' ? { upstream: failure.upstream } : {}),
  });
}
