import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { refuse as refuseInQueryForm, replyJson, type ScriptedAnswer } from './scriptedUpstream.ts';
import { listCodes, type TestVendorApi } from './vendorApi.ts';

const respond = (fields: object) => replyJson({ Response: { ...fields, RequestId: randomUUID() } });
const refuse = (code: number | string): ScriptedAnswer => respond({ Error: { Code: code, Message: '文本' } });

const definite = listCodes({
  'invalid-request': ['InvalidParameterValue', 'InvalidParameterValue.Whatever', 'InvalidParameter', 'MissingParameter', 'UnknownParameter', 'InvalidRequest', 'RequestSizeLimitExceeded'],
  'task-not-found': ['ResourceNotFound.TaskNotExist', 'ResourceNotFound.CreateMultiDeviceTaskNotExist', 'FailedOperation.TaskIDNotMatch', 'InvalidParameterValue.TaskIDNotMatch'],
  'product-not-found': ['ResourceNotFound.ProductNotExist'],
  'task-not-completed': ['UnauthorizedOperation.CreateMultiDeviceTaskNotFinished'],
  'device-limit-exceeded': ['LimitExceeded.DeviceExceedLimit'],
  'upstream-rate-limited': ['RequestLimitExceeded', 'RequestLimitExceeded.UinLimitExceeded'],
  'upstream-unavailable': ['ServiceUnavailable', 'ResourceUnavailable'],
  'upstream-auth-failed': [
    'AuthFailure',
    'AuthFailure.InvalidAuthorization',
    'AuthFailure.InvalidSecretId',
    'AuthFailure.SecretIdNotFound',
    'AuthFailure.SignatureExpire',
    'AuthFailure.SignatureFailure',
    'AuthFailure.TokenFailure',
    'UnauthorizedOperation.ProductIsForbidden',
    'IpInBlacklist',
    'IpNotInWhitelist',
  ],
  'upstream-error': [
    'InvalidParameterValue.DeviceAlreadyExist',
    'ActionOffline',
    'InvalidAction',
    'NoSuchVersion',
    'NoSuchProduct',
    'UnsupportedOperation',
    'UnsupportedProtocol',
    'UnsupportedRegion',
  ],
});
const inconclusive = ['InternalError', 'InternalError.DBOperationError', 'FailedOperation', 'FailedOperation.Whatever'];
// A name stands for all its suffixes, so that what the table names shows in the first part alone, but for these two.
const PARTLY_NAMED = ['ResourceNotFound', 'LimitExceeded'];
const firstParts = new Set([...definite.map(([code]) => code), ...inconclusive].map((code) => code.split('.')[0]));
const part = fc.stringMatching(/^[A-Z][A-Za-z]{2,12}$/);
const unnamedCode = fc.oneof(
  part.filter((name) => !firstParts.has(name)),
  fc.tuple(part.filter((name) => !firstParts.has(name)), part).map((parts) => parts.join('.')),
  fc.constantFrom(...PARTLY_NAMED),
  fc.tuple(fc.constantFrom(...PARTLY_NAMED), part.map((name) => `X${name}`)).map((parts) => parts.join('.')),
);

export const api3Api: TestVendorApi = {
  name: '2018-06-14',
  actions: { status: 'DescribeMultiDevTask', results: 'DescribeMultiDevices', creation: 'CreateMultiDevice' },
  codes: { success: '', clockRefused: 'AuthFailure.SignatureExpire' },
  tokenOf: ({ headers }) => headers['x-tc-token']?.toString(),
  firstNameOf: ({ content }) => {
    const { DeviceNames: [first = ''] } = JSON.parse(content) as { DeviceNames: string[] }; // our own request
    return first;
  },
  configure: (origin) => ({ IOTCLOUD_API: '2018-06-14', IOTCLOUD_ENDPOINT: origin }),
  answers: {
    running: (TaskId) => respond({ TaskId, TaskStatus: 1 }),
    completed: (devices) => {
      const list = devices.map(({ deviceName, certificate, privateKey }) => ({ DeviceName: deviceName, Result: 0, DeviceCert: certificate, DevicePrivateKey: privateKey }));
      return respond({ TaskStatus: 2, TotalDevNum: list.length, DevicesInfo: list });
    },
    refusedToken: refuse('AuthFailure.TokenFailure'),
  },
  refusals: {
    refuse,
    definite,
    inconclusive,
    // A gateway in front of the service may refuse in the form of the query API.
    unnamed: fc.oneof(unnamedCode.map(refuse), fc.integer({ min: 7000, max: 12_000 }).map((code) => refuseInQueryForm(code))),
  },
};
