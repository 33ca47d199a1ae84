import {
  authFailed,
  clockRefused,
  deviceLimitExceeded,
  invalid,
  keyRefused,
  outOfService,
  productNotFound,
  refused,
  taskNotFound,
  throttled,
  unnamed,
  vendorDown,
  vendorFault,
} from '../codeMeanings.ts';
import type { CodeMeaning } from '../failure.ts';

// The contract's table of errors. A name stands for itself and for all its suffixes, unless a longer one is listed too.
// Meaning of each code: docs/tencent-api-3.md, "The trio" and "Envelope".
const CODES: Readonly<Record<string, CodeMeaning>> = {
  'ResourceNotFound.ProductNotExist': productNotFound,
  'ResourceNotFound.TaskNotExist': taskNotFound,
  'ResourceNotFound.CreateMultiDeviceTaskNotExist': taskNotFound,
  'FailedOperation.TaskIDNotMatch': taskNotFound,
  'InvalidParameterValue.TaskIDNotMatch': taskNotFound,
  ResourceNotFound: { ...unnamed, onTask: 'task-not-found' },
  'UnauthorizedOperation.CreateMultiDeviceTaskNotFinished': {
    class: 'definite',
    problem: 'task-not-completed',
    members: { taskStatus: 'running' },
  },
  'LimitExceeded.DeviceExceedLimit': deviceLimitExceeded,
  'InvalidParameterValue.DeviceAlreadyExist': refused,
  InvalidParameter: invalid,
  InvalidParameterValue: { ...invalid, ofDevices: 'invalid-device-name' },
  MissingParameter: invalid,
  UnknownParameter: invalid,
  InvalidRequest: invalid,
  RequestSizeLimitExceeded: invalid,
  RequestLimitExceeded: throttled,
  'AuthFailure.SecretIdNotFound': keyRefused,
  'AuthFailure.InvalidSecretId': keyRefused,
  'AuthFailure.SignatureFailure': keyRefused,
  'AuthFailure.TokenFailure': keyRefused,
  'AuthFailure.SignatureExpire': clockRefused,
  AuthFailure: authFailed,
  UnauthorizedOperation: authFailed,
  IpInBlacklist: authFailed,
  IpNotInWhitelist: authFailed,
  InternalError: vendorDown,
  FailedOperation: vendorFault,
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
