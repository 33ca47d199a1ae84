import type { AppErrorOptions, ProblemCode } from '../lib/errors.ts';
import { EXAMPLE } from './examples.ts';

/** What documents say of a problem code beside its entry in `lib/problemKinds.ts`. */
export interface ProblemText {
  readonly when: string;
  readonly whatToDo: string;
  readonly example?: {
    /** The code's own detail if left out. */
    readonly detail?: string;
    readonly options?: AppErrorOptions;
    /** That of a task if left out. */
    readonly path?: string;
  };
}

const { tasksPath, devicesPath, batchesPath, batchPath } = EXAMPLE;
const api = 'v2';

export const problemTexts: Record<ProblemCode, ProblemText> = {
  'invalid-request': {
    when: 'A path parameter, query parameter, header or body member is missing, unknown, repeated or malformed; or the vendor finds one invalid (4000, 2002, 2004, 2101).',
    whatToDo: 'Correct what `errors` names.',
    example: {
      detail: 'Not valid: pageSize, colour.',
      options: {
        errors: [
          { in: 'query', name: 'pageSize', detail: 'must be a whole number from 1 to 100' },
          { in: 'query', name: 'colour', detail: 'is not a parameter of this path' },
        ],
      },
      path: devicesPath,
    },
  },
  unauthorized: {
    when: 'The request brings no verified token.',
    whatToDo: 'Send a valid bearer token; see `WWW-Authenticate`.',
  },
  forbidden: {
    when: 'The token lacks the scope, does not allow the product, or names neither a subject nor a client.',
    whatToDo: 'Ask for a token with the scope `WWW-Authenticate` names, or for the product.',
    example: { detail: 'The token lacks the scope devices:credentials.', path: devicesPath },
  },
  'task-not-found': {
    when: 'The vendor knows no such task of this product, or has forgotten it after its month (2006, 2012; 5000 on a task). `detail` says if the task was created through the other of the vendor\'s APIs.',
    whatToDo: 'Check both ids; a task that is gone, and its keys, cannot be had again.',
    example: { options: { upstream: { api, code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' } } },
  },
  'batch-not-found': {
    when: 'The product has no such batch: it was never accepted, or its month is over.',
    whatToDo: 'Check both ids; a batch that is gone, and its keys, cannot be had again.',
    example: { path: batchPath },
  },
  'product-not-found': {
    when: "The vendor knows no such product in the service's account (2008).",
    whatToDo: 'Check the product id.',
    example: { options: { upstream: { api, code: 5000, moduleCode: 2008, codeDesc: 'ProductNotExist' } } },
  },
  'device-not-found': {
    when: 'A completed task, or a batch, has no device of the name asked for.',
    whatToDo: 'Check the name, its case too; a page of the results has all names.',
    example: { path: `${devicesPath}/test_device3` },
  },
  'route-not-found': {
    when: 'No resource has this path.',
    whatToDo: 'Check the path against `/openapi.json`.',
    example: { path: '/v1/product' },
  },
  'method-not-allowed': {
    when: 'The path exists, but not with this method.',
    whatToDo: 'Use a method that `Allow` names.',
    example: { detail: 'This path takes GET.' },
  },
  'task-not-completed': {
    when: 'Results were asked for while the task is `pending` or `running`; the member `taskStatus` says which.',
    whatToDo: 'Follow the task and ask again after `Retry-After`.',
    example: {
      detail: 'The task is running; its results can be read once it is completed.',
      options: { members: { taskStatus: 'running' } },
      path: devicesPath,
    },
  },
  'device-limit-exceeded': {
    when: 'The product has no room for the devices (2000).',
    whatToDo: 'Delete devices or create fewer.',
    example: { options: { upstream: { api, code: 5000, moduleCode: 2000 } }, path: tasksPath },
  },
  'idempotency-key-in-progress': {
    when: 'The first request with this `Idempotency-Key` is still running.',
    whatToDo: 'Retry with the same key after `Retry-After`.',
    example: { path: tasksPath },
  },
  'batch-not-completed': {
    when: 'The failures of a batch are to be retried while devices of it are pending.',
    whatToDo: 'Follow the batch until it is `completed`.',
    example: { path: `${batchPath}/retries` },
  },
  'nothing-to-retry': {
    when: 'The failures of a batch are to be retried, and none of them is worth it: all devices were created, are unknown, or failed for good.',
    whatToDo: 'Read the results.',
    example: { path: `${batchPath}/retries` },
  },
  'too-many-batches': {
    when: 'A batch is to be created while 10 batches of the product are open.',
    whatToDo: 'Wait until one of them is `completed`.',
    example: { path: batchesPath },
  },
  'payload-too-large': {
    when: 'The body is over 64 KiB, of a batch over 1 MiB.',
    whatToDo: 'Send fewer names.',
    example: { detail: 'The body is over 64 KiB.', path: tasksPath },
  },
  'unsupported-media-type': {
    when: 'The body is declared as something else than JSON in UTF-8, of a batch also than CSV in UTF-8.',
    whatToDo: 'Send `Content-Type: application/json`, or of a batch `text/csv`.',
    example: { path: tasksPath },
  },
  'idempotency-key-reused': {
    when: 'This `Idempotency-Key` was used with other device names within 24 hours.',
    whatToDo: 'Use a new key for a new creation.',
    example: { path: tasksPath },
  },
  'internal-error': {
    when: 'A fault of this service. If `detail` says so, nothing was sent to the vendor.',
    whatToDo: 'Report the `requestId`. After a creation, retry only with the same `Idempotency-Key`.',
  },
  'upstream-auth-failed': {
    when: "The vendor refuses the service's credentials or signature (4100–4110, 4300; 4200 or 4500 even when signed anew).",
    whatToDo: 'Tell the operator: the key, its rights or the clock is wrong.',
    example: { options: { upstream: { api, code: 4100 } } },
  },
  'upstream-malformed': {
    when: "The vendor's answer is not HTTP 200, no JSON, not of the documented shape, incomplete, or has a private key where a certificate belongs. Nothing was stored.",
    whatToDo: 'Retry later; tell the operator if it stays.',
  },
  'upstream-error': {
    when: 'The vendor refused the call with a code that has no meaning here.',
    whatToDo: 'Look `upstream` up in [legacy-api.md](legacy-api.md); tell the operator.',
    example: { options: { upstream: { api, code: 5300 } } },
  },
  'upstream-rate-limited': {
    when: 'The vendor counts too many calls of the service (4400).',
    whatToDo: 'Retry after `Retry-After`, and less often.',
    example: { options: { upstream: { api, code: 4400 } } },
  },
  'upstream-unavailable': {
    when: 'The vendor cannot be reached, reports a fault of its own or maintenance (6000, 2100, 5100, 6200), or has failed so often that it is left alone for 2 s.',
    whatToDo: 'Retry after `Retry-After`.',
  },
  'idempotency-unavailable': {
    when: 'A creation has an `Idempotency-Key`, and the table that remembers keys is out of reach. Nothing was sent.',
    whatToDo: 'Retry with the same key after `Retry-After`.',
    example: { path: tasksPath },
  },
  'queue-unavailable': {
    when: 'A batch could not be written down or queued. It may have been accepted all the same; no device depends on this answer.',
    whatToDo: 'Repeat the request with the same `Idempotency-Key` after `Retry-After`, or look at the list of batches.',
    example: { path: batchesPath },
  },
  'store-unavailable': {
    when: 'A list or a batch is asked for, and the table cannot be reached; or stored results of a batch cannot be read, and the vendor does not bring them now.',
    whatToDo: 'Retry after `Retry-After`. A task whose id you have can be read meanwhile.',
    example: { path: batchPath },
  },
  'upstream-timeout': {
    when: 'The vendor did not answer a read in time.',
    whatToDo: 'Retry later.',
  },
  'task-creation-unknown': {
    when: 'A creation was sent, and whether it happened is not known: no answer came, or one that leaves it open (6000, 2100, 5100, 5400, or a code nobody documents). It is never sent again, not for the same key either.',
    whatToDo: "Look the names up in the vendor's console before using them again. A device batch does so by itself if the service calls API 3.0.",
    example: { path: tasksPath },
  },
};
