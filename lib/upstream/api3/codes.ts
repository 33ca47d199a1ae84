import type { CodeMeaning } from '../failure.ts';

const taskNotFound: CodeMeaning = { class: 'definite', problem: 'task-not-found' };
const invalid: CodeMeaning = { class: 'definite', problem: 'invalid-request' };
const authFailed: CodeMeaning = { class: 'definite', problem: 'upstream-auth-failed' };
const keyRefused: CodeMeaning = { class: 'key-refused', problem: 'upstream-auth-failed' };
const refused: CodeMeaning = { class: 'definite', problem: 'upstream-error' };
const outOfService: CodeMeaning = { class: 'out-of-service', problem: 'upstream-unavailable' };

/** Every code that is not in the table. */
const unnamed: CodeMeaning = { class: 'inconclusive', problem: 'upstream-error' };

// The contract's table of errors. A name stands for itself and for all its suffixes, unless a longer one is listed too.
// Meaning of each code: docs/tencent-api-3.md, "The trio" and "Envelope".
const CODES: Readonly<Record<string, CodeMeaning>> = {
  'ResourceNotFound.ProductNotExist': { class: 'definite', problem: 'product-not-found' },
  'ResourceNotFound.TaskNotExist': taskNotFound,
  'ResourceNotFound.CreateMultiDeviceTaskNotExist': taskNotFound,
  'FailedOperation.TaskIDNotMatch': taskNotFound,
  'InvalidParameterValue.TaskIDNotMatch': taskNotFound,
  ResourceNotFound: { class: 'inconclusive', problem: 'upstream-error', onTask: 'task-not-found' },
  'UnauthorizedOperation.CreateMultiDeviceTaskNotFinished': {
    class: 'definite',
    problem: 'task-not-completed',
    members: { taskStatus: 'running' },
  },
  'LimitExceeded.DeviceExceedLimit': { class: 'definite', problem: 'device-limit-exceeded' },
  'InvalidParameterValue.DeviceAlreadyExist': refused,
  InvalidParameter: invalid,
  InvalidParameterValue: invalid,
  MissingParameter: invalid,
  UnknownParameter: invalid,
  InvalidRequest: invalid,
  RequestSizeLimitExceeded: invalid,
  RequestLimitExceeded: { class: 'throttled', problem: 'upstream-rate-limited' },
  'AuthFailure.SecretIdNotFound': keyRefused,
  'AuthFailure.InvalidSecretId': keyRefused,
  'AuthFailure.SignatureFailure': keyRefused,
  'AuthFailure.TokenFailure': keyRefused,
  'AuthFailure.SignatureExpire': { class: 'clock-refused', problem: 'upstream-auth-failed' },
  AuthFailure: authFailed,
  UnauthorizedOperation: authFailed,
  IpInBlacklist: authFailed,
  IpNotInWhitelist: authFailed,
  InternalError: { class: 'vendor-down', problem: 'upstream-unavailable' },
  FailedOperation: { class: 'vendor-fault', problem: 'upstream-unavailable' },
  ServiceUnavailable: outOfService,
  ResourceUnavailable: outOfService,
  ActionOffline: refused,
  InvalidAction: refused,
  NoSuchVersion: refused,
  NoSuchProduct: refused,
  UnsupportedOperation: refused,
  UnsupportedProtocol: refused,
  UnsupportedRegion: refused,
};

/** What a code means: by the longest of its names that the table has (`A.B.C`, `A.B`, `A`). */
export function meaningOf(code: string): CodeMeaning {
  for (let name = code; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const meaning = Object.hasOwn(CODES, name) ? CODES[name] : undefined;
    if (meaning !== undefined) return meaning;
  }
  return unnamed;
}
