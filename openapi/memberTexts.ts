import { batchTexts } from '../lib/deviceBatches/resources.ts';
import { deviceTexts } from '../lib/deviceTasks/device.ts';
import { deviceTaskTexts, listedTaskTexts, resourceTexts } from '../lib/deviceTasks/resources.ts';

/** Texts of members, each under its path from the schema; the schema's own stands under the empty path. */
function under(schema: string, texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([path, text]) => [path === '' ? schema : `${schema}.${path}`, text]));
}

/** Where the members of a form that has a name are told: with the union it is one of. */
const TOLD_WITH: Readonly<Record<string, string>> = {
  CreatedDevice: 'DeviceResult',
  FailedDevice: 'DeviceResult',
  PendingDevice: 'DeviceResult',
  UnknownDevice: 'DeviceResult',
  CertificateCredentials: 'DeviceResult.credentials',
  PskCredentials: 'DeviceResult.credentials',
};

/** What a schema or a member means. @param path from the schema's name, as `DeviceTask.status`; `[]` stands for the elements of a list */
export function textOf(path: string): string | undefined {
  return memberTexts[path] ?? memberTexts[path.replace(/^\w+/, (name) => TOLD_WITH[name] ?? name)];
}

/** What each schema and each of its members means; a test holds that none is left out. */
export const memberTexts: Readonly<Record<string, string>> = {
  ...resourceTexts,
  ...under('DeviceTask', deviceTaskTexts),
  ...under('ListedDeviceTask', listedTaskTexts),
  ...batchTexts,
  ...under('DeviceResult', deviceTexts),
  CreatedDevice: 'A device that exists now.',
  BatchDevice: 'What became of one device of a batch so far; `status` says which of the four forms it has.',
  PendingDevice: 'A device of which it is still to be seen.',
  'PendingDevice.status': '`pending`.',
  UnknownDevice: 'A device that was sent, and nobody knows, nor will know, whether it exists.',
  'UnknownDevice.status': '`unknown`.',
  FailedDevice: 'A name for which no device was created.',
  DeviceCredentials: deviceTexts.credentials,
  CertificateCredentials: 'Of a device that shows a certificate (asymmetric).',
  PskCredentials: 'Of a device that shares a key (symmetric).',

  Health: 'That the service runs.',
  'Health.status': 'Always `ok`.',
  'Health.stage': 'The deployment that answers.',
  'Health.version': 'Version of the service.',

  Problem: 'An error: RFC 9457 problem details.',
  'Problem.type': '`urn:iotcloud-rest:problem:` and the code.',
  'Problem.title': 'The kind of problem, in English; the same for every problem of a code.',
  'Problem.status': 'The HTTP status.',
  'Problem.detail': 'What went wrong this time, for people.',
  'Problem.instance': 'Path of the request.',
  'Problem.code': 'Stable; to switch on.',
  'Problem.requestId': 'The same as `X-Request-Id`; quote it when you report a problem.',
  'Problem.retryable': 'Whether the very same request can succeed later, and is safe to send again.',
  'Problem.errors': 'Every fault of the input, each with its place; on `invalid-request`.',
  'Problem.errors[]': 'One fault of the input.',
  'Problem.errors[].in': 'The part of the request.',
  'Problem.errors[].name': 'Name of the parameter or header.',
  'Problem.errors[].pointer': 'JSON pointer (RFC 6901) into the body.',
  'Problem.errors[].line': 'Line of a CSV body on which the record begins; the header is 1.',
  'Problem.errors[].detail': 'What is wrong there.',
  'Problem.upstream': 'What the vendor refused with, if it did.',
  'Problem.upstream.api': "Which of the vendor's APIs was called.",
  'Problem.upstream.code': "The vendor's code.",
  'Problem.upstream.moduleCode': "The vendor's module code, if it sent one.",
  'Problem.upstream.codeDesc': "The vendor's English name of the code, if it sent one.",
  'Problem.upstream.requestId': "The vendor's name of the call, if it sent one.",
  'Problem.taskStatus': 'How far the task is; on `task-not-completed`.',

  GatewayError: "An error of the gateway before the service: mapped by its status, and to be found by `apigw-requestid`.",
  'GatewayError.message': 'For people.',
};
