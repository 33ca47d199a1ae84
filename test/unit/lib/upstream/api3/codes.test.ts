import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../../../lib/upstream/api3/codes.ts';
import { failureTraits } from '../../../../../lib/upstream/failureClass.ts';
import type { Failure } from '../../../../../lib/upstream/failure.ts';
import { toAppError } from '../../../../../lib/upstream/toAppError.ts';

const refusal = (code: string): Failure => ({ kind: 'refusal', meaning: meaningOf(code), upstream: { api: '2018-06-14', code } });
const problemsOf = (code: string) => (['task', 'creation'] as const).map((subject) => toAppError(refusal(code), subject).code);

// docs/api-contract.md, "API 3.0": the code, the problem on a task, and on a creation if it is another.
const rows: readonly [code: string, onTask: string, onCreation?: string][] = [
  ['ResourceNotFound.ProductNotExist', 'product-not-found'],
  ['ResourceNotFound.TaskNotExist', 'task-not-found'],
  ['ResourceNotFound.CreateMultiDeviceTaskNotExist', 'task-not-found'],
  ['FailedOperation.TaskIDNotMatch', 'task-not-found'],
  ['InvalidParameterValue.TaskIDNotMatch', 'task-not-found'],
  ['ResourceNotFound', 'task-not-found', 'task-creation-unknown'],
  ['ResourceNotFound.Whatever', 'task-not-found', 'task-creation-unknown'],
  ['UnauthorizedOperation.CreateMultiDeviceTaskNotFinished', 'task-not-completed'],
  ['LimitExceeded.DeviceExceedLimit', 'device-limit-exceeded'],
  ['InvalidParameter', 'invalid-request'],
  ['InvalidParameterValue', 'invalid-request'],
  ['InvalidParameterValue.Whatever', 'invalid-request'],
  ['MissingParameter', 'invalid-request'],
  ['UnknownParameter', 'invalid-request'],
  ['InvalidRequest', 'invalid-request'],
  ['RequestSizeLimitExceeded', 'invalid-request'],
  ['RequestLimitExceeded', 'upstream-rate-limited'],
  ['RequestLimitExceeded.UinLimitExceeded', 'upstream-rate-limited'],
  ['AuthFailure.SignatureFailure', 'upstream-auth-failed'],
  ['AuthFailure.SignatureExpire', 'upstream-auth-failed'],
  ['AuthFailure.Whatever', 'upstream-auth-failed'],
  ['UnauthorizedOperation.ProductIsForbidden', 'upstream-auth-failed'],
  ['IpInBlacklist', 'upstream-auth-failed'],
  ['IpNotInWhitelist', 'upstream-auth-failed'],
  ['InternalError.DBOperationError', 'upstream-unavailable', 'task-creation-unknown'],
  ['FailedOperation', 'upstream-unavailable', 'task-creation-unknown'],
  ['ServiceUnavailable', 'upstream-unavailable'],
  ['ResourceUnavailable', 'upstream-unavailable'],
  ['InvalidParameterValue.DeviceAlreadyExist', 'upstream-error'],
  ['ActionOffline', 'upstream-error'],
  ['InvalidAction', 'upstream-error'],
  ['NoSuchVersion', 'upstream-error'],
  ['NoSuchProduct', 'upstream-error'],
  ['UnsupportedOperation.ClientCertAlreadyGot', 'upstream-error'],
  ['UnsupportedProtocol', 'upstream-error'],
  ['UnsupportedRegion', 'upstream-error'],
  ['LimitExceeded', 'upstream-error', 'task-creation-unknown'],
  ['Whatever', 'upstream-error', 'task-creation-unknown'],
];

describe('the meaning of a code', () => {
  it.each(rows)('of %s is %s on a task', (...[code, onTask, onCreation = onTask]) => {
    expect(problemsOf(code)).toEqual([onTask, onCreation]);
  });

  it('is that of its longest prefix in the table, for any suffix', () => {
    const suffix = fc.stringMatching(/^[A-Z][a-z]{2,8}Xyz$/);
    fc.assert(
      fc.property(fc.constantFrom(...rows), suffix, ([code], more) => {
        expect(meaningOf(`${code}.${more}`)).toEqual(meaningOf(code));
        expect(meaningOf(`${code}${more}`)).toEqual(code.includes('.') ? meaningOf(code.slice(0, code.lastIndexOf('.'))) : meaningOf('Whatever'));
      }),
    );
  });

  it('is no inherited property', () => {
    expect(['constructor', 'toString', '__proto__'].map(meaningOf)).toEqual(Array.from({ length: 3 }, () => meaningOf('Whatever')));
  });

  it('says how far the task is, if its results were asked for too early', () => {
    const error = toAppError(refusal('UnauthorizedOperation.CreateMultiDeviceTaskNotFinished'), 'task');
    expect(error.options.members).toEqual({ taskStatus: 'running' });
  });

  it('lets only four codes read the key again, and one the clock', () => {
    const codesOfClass = (name: string) => rows.map(([code]) => code).filter((code) => meaningOf(code).class === name);
    expect(['SecretIdNotFound', 'InvalidSecretId', 'SignatureFailure', 'TokenFailure'].map((name) => meaningOf(`AuthFailure.${name}`).class)).toEqual(
      Array.from({ length: 4 }, () => 'key-refused'),
    );
    expect(codesOfClass('key-refused')).toEqual(['AuthFailure.SignatureFailure']);
    expect(codesOfClass('clock-refused')).toEqual(['AuthFailure.SignatureExpire']);
  });

  it('lets faults of the vendor and throttling be retried, and nothing else but the clock', () => {
    const retried = rows.map(([code]) => code).filter((code) => failureTraits[meaningOf(code).class].isRetryable);
    expect(retried).toEqual([
      'RequestLimitExceeded',
      'RequestLimitExceeded.UinLimitExceeded',
      'AuthFailure.SignatureExpire',
      'InternalError.DBOperationError',
      'FailedOperation',
    ]);
  });
});
