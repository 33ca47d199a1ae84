import type { DeviceError } from '../deviceTasks/device.ts';
import { AppError, type ProblemCode } from '../errors.ts';
import { classOf, describeFailure, type CodeMeaning, type Failure } from './failure.ts';
import { failureTraits } from './failureClass.ts';
import { DEVICE_ERRORS } from './toDevice.ts';

/** What the call was about: some codes mean another thing on a task, and a creation may be half known. */
export type CallSubject = 'task' | 'creation' | 'device';

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

/** What every device of a creation failed with that was refused like this: the number that both APIs send of a device, if it has one. */
function deviceErrorOf({ meaning, upstream }: Extract<Failure, { kind: 'refusal' }>): DeviceError {
  const code = meaning.ofDevices ?? 'unknown-failure';
  const [number] = Object.entries(DEVICE_ERRORS).find(([, known]) => known === code) ?? [];
  return { code, legacyCode: number === undefined ? (upstream.moduleCode ?? upstream.code) : Number(number) };
}

const membersOf = ({ members }: CodeMeaning) => (members === undefined ? {} : { members });

/** The one place where a failure of a call to the vendor becomes a problem for the client. */
export function toAppError(failure: Failure, subject: CallSubject): AppError {
  const code = problemOf(failure, subject);
  const detail = failure.kind === 'no-key' ? 'The service could not read its own key to the vendor, so nothing was sent.' : undefined;
  return new AppError(code, detail, {
    cause: failure.kind === 'no-key' ? failure.error : describeFailure(failure),
    ...(failure.kind === 'refusal' ? { upstream: failure.upstream, deviceError: deviceErrorOf(failure), ...membersOf(failure.meaning) } : {}),
  });
}
