import { describe, expect, it } from 'vitest';
import { AppError, type ProblemCode } from '../../../../lib/errors.ts';
import { describeFailure, type Failure } from '../../../../lib/upstream/failure.ts';
import { toAppError } from '../../../../lib/upstream/toAppError.ts';
import { refusalOf } from './failures.ts';

const codesOf = (failure: Failure) => (['task', 'creation'] as const).map((subject) => toAppError(failure, subject).code);

const problemsOfFaults: readonly [failure: Failure, onTask: ProblemCode, onCreation: ProblemCode][] = [
  [{ kind: 'connection', sent: false, reason: 'ECONNREFUSED' }, 'upstream-unavailable', 'upstream-unavailable'],
  [{ kind: 'connection', sent: true, reason: 'ECONNRESET' }, 'upstream-unavailable', 'task-creation-unknown'],
  [{ kind: 'timeout', sent: false }, 'upstream-timeout', 'upstream-timeout'],
  [{ kind: 'timeout', sent: true }, 'upstream-timeout', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'status', httpStatus: 502 }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'json' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'shape' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'size' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'incomplete' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'breaker-open' }, 'upstream-unavailable', 'upstream-unavailable'],
];

describe('toAppError on a fault', () => {
  it.each(problemsOfFaults)('makes of %j %s, or %s of a creation', (failure, onTask, onCreation) => {
    expect(codesOf(failure)).toEqual([onTask, onCreation]);
    const { options, cause, message } = toAppError(failure, 'task');
    expect([options.upstream, cause]).toEqual([undefined, describeFailure(failure)]);
    expect(message).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('keeps for our log why our own key could not be read, and tells clients nothing of it', () => {
    const error = new Error('access denied to the secret');
    const problem = toAppError({ kind: 'no-key', error }, 'creation');
    expect(problem).toMatchObject({ code: 'internal-error', cause: error });
    expect(problem.message).not.toContain('denied');
  });
});

describe('toAppError on a refusal', () => {
  it('is the problem its code means, and another on a task where that says so', () => {
    expect(codesOf(refusalOf('definite', { problem: 'product-not-found' }))).toEqual(['product-not-found', 'product-not-found']);
    expect(codesOf(refusalOf('definite', { problem: 'upstream-error', onTask: 'task-not-found' }))).toEqual(['task-not-found', 'upstream-error']);
  });

  it.each(['definite', 'unsent', 'throttled', 'key-refused', 'clock-refused', 'out-of-service'] as const)('is definite on a creation if it is %s', (failureClass) => {
    expect(codesOf(refusalOf(failureClass))).toEqual(['upstream-error', 'upstream-error']);
  });

  it.each(['vendor-fault', 'vendor-down', 'inconclusive'] as const)('is unknown on a creation if it is %s', (failureClass) => {
    expect(codesOf(refusalOf(failureClass))).toEqual(['upstream-error', 'task-creation-unknown']);
  });

  it('tells what it was refused with, and no more', () => {
    const upstream = { api: 'v2', code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' };
    expect(toAppError({ ...refusalOf('definite', { vendorClockS: 1_556_706_450 }), upstream }, 'task').options.upstream).toEqual(upstream);
  });
});

describe('an unknown creation', () => {
  it('says to look the names up in the console', () => {
    const problem = toAppError({ kind: 'timeout', sent: true }, 'creation');
    expect(problem).toBeInstanceOf(AppError);
    expect(problem.message).toMatch(/Look their names up in the vendor's console before using them again\./);
  });
});
