import { AppError, problemKinds, type AppErrorOptions, type ProblemCode } from '../errors.ts';
import { toProblemAnswer } from '../http/problemDetails.ts';
import { EXAMPLE } from './examples.ts';
import type { Json } from './schemas.ts';

type Sample = readonly [detail: string, options?: AppErrorOptions, path?: string];

const { tasksPath, taskPath, devicesPath } = EXAMPLE;

const samples: Record<ProblemCode, Sample> = {
  'invalid-request': [
    'Not valid: pageSize, colour.',
    {
      errors: [
        { in: 'query', name: 'pageSize', detail: 'must be a whole number from 1 to 100' },
        { in: 'query', name: 'colour', detail: 'is not a parameter of this path' },
      ],
    },
    devicesPath,
  ],
  unauthorized: ['This path needs a bearer token.'],
  forbidden: ['The token lacks the scope devices:credentials.', {}, devicesPath],
  'task-not-found': [
    'The product has no such device task, or its month is over.',
    { upstream: { code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' } },
  ],
  'product-not-found': [
    'The vendor knows no such product in this account.',
    { upstream: { code: 5000, moduleCode: 2008, codeDesc: 'ProductNotExist' } },
  ],
  'route-not-found': ['There is nothing at this path.', {}, '/v1/product'],
  'method-not-allowed': ['This path takes GET.'],
  'task-not-completed': [
    'The task is running; its results can be read once it is completed.',
    { members: { taskStatus: 'running' } },
    devicesPath,
  ],
  'device-limit-exceeded': [
    'The product would have more devices than its limit allows.',
    { upstream: { code: 5000, moduleCode: 2000 } },
    tasksPath,
  ],
  'idempotency-key-in-progress': ['The first request with this key has not ended yet.', {}, tasksPath],
  'idempotency-key-reused': ['The key was used with other device names within the last 24 hours.', {}, tasksPath],
  'unsupported-media-type': ['Send the body as application/json.', {}, tasksPath],
  'payload-too-large': ['The body is over 64 KiB.', {}, tasksPath],
  'upstream-rate-limited': ['The vendor counts too many calls; try again later.', { upstream: { code: 4400 } }],
  'upstream-unavailable': ['The vendor cannot be reached or reports a fault of its own; try again later.'],
  'idempotency-unavailable': ['The key could not be recorded, so nothing was sent; try again later.', {}, tasksPath],
  'upstream-auth-failed': ['The vendor refuses the credentials of this service.', { upstream: { code: 4100 } }],
  'upstream-malformed': ['The answer of the vendor could not be read; nothing was stored.'],
  'upstream-error': ['The vendor refused the call with a code this service has no name for.', { upstream: { code: 5300 } }],
  'upstream-timeout': ['The vendor gave no answer in time.'],
  'task-creation-unknown': [
    "Whether the devices were created is not known. Look their names up in the vendor's console before using them again.",
    {},
    tasksPath,
  ],
  'internal-error': ['The service failed; the fault is logged under this request id.'],
};

/** `components.examples`: each problem code once, made by what makes the answers themselves. */
export function buildProblemExamples(): Record<string, Json> {
  const entries = Object.entries(samples).map(([code, [detail, options, path = taskPath]]) => {
    const error = new AppError(code as ProblemCode, detail, options); // a key of `samples`
    const { body } = toProblemAnswer(error, { id: EXAMPLE.requestId, path });
    return [code, { summary: problemKinds[error.code].title, value: body }];
  });
  return Object.fromEntries(entries);
}
