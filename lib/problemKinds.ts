import type { MetricName } from './metrics.ts';

/** Everything the service itself needs to know of an error it answers with. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** The default, if whoever throws it says nothing more exact. */
  readonly detail: string;
  /** Whether the very same request can succeed later. */
  readonly retryable: boolean;
  /** Seconds for `Retry-After`; left out if waiting does not help. */
  readonly retryAfterS?: number;
  /** What counts it, if it is not the caller's fault. */
  readonly metric?: MetricName;
  /** Whether a creation it answers may have happened all the same. */
  readonly leavesCreationOpen?: boolean;
}

/**
 * The problem catalogue: every error this service answers with, in order of status. `openapi/problems.ts` says when
 * each happens and what to do then: documents need it, the functions do not.
 */
export const problemKinds = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid.',
    detail: 'The vendor finds a parameter of this request invalid.',
    retryable: false,
  },
  unauthorized: { status: 401, title: 'No verified caller.', detail: 'This path needs a bearer token.', retryable: false },
  forbidden: { status: 403, title: 'The caller may not do this.', detail: 'The token does not allow this.', retryable: false },
  'task-not-found': {
    status: 404,
    title: 'No such device task.',
    detail: 'The product has no such device task, or its month is over.',
    retryable: false,
  },
  'batch-not-found': {
    status: 404,
    title: 'No such device batch.',
    detail: 'The product has no such device batch, or its month is over.',
    retryable: false,
  },
  'product-not-found': { status: 404, title: 'No such product.', detail: 'The vendor knows no such product in this account.', retryable: false },
  'device-not-found': { status: 404, title: 'No such device.', detail: 'There is no device of this name.', retryable: false },
  'route-not-found': { status: 404, title: 'No such path.', detail: 'There is nothing at this path.', retryable: false },
  'method-not-allowed': { status: 405, title: 'The path does not take this method.', detail: 'This path takes other methods.', retryable: false },
  'task-not-completed': {
    status: 409,
    title: 'The device task is not completed.',
    detail: 'The results can be read once the task is completed.',
    retryable: true,
    retryAfterS: 2,
  },
  'device-limit-exceeded': {
    status: 409,
    title: 'The product has no room for these devices.',
    detail: 'The product would have more devices than its limit allows.',
    retryable: false,
  },
  'idempotency-key-in-progress': {
    status: 409,
    title: 'A creation with this Idempotency-Key is still running.',
    detail: 'The first request with this key has not ended yet.',
    retryable: true,
    retryAfterS: 2,
    leavesCreationOpen: true,
  },
  'batch-not-completed': {
    status: 409,
    title: 'The device batch is not completed.',
    detail: 'The failures of a batch can be retried once it is completed.',
    retryable: true,
    retryAfterS: 2,
  },
  'nothing-to-retry': {
    status: 409,
    title: 'The device batch has nothing to retry.',
    detail: 'No device of the batch failed in a way that a retry could change.',
    retryable: false,
  },
  'too-many-batches': {
    status: 409,
    title: 'The product has too many open batches.',
    detail: 'At most 10 batches of a product are open at once; try again once one is completed.',
    retryable: true,
    retryAfterS: 30,
  },
  'payload-too-large': { status: 413, title: 'The body is too large.', detail: 'The body is over the limit.', retryable: false },
  'unsupported-media-type': { status: 415, title: 'The body has a media type that is not taken.', detail: 'Send the body as application/json.', retryable: false },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used with another body.',
    detail: 'The key was used with other device names within the last 24 hours.',
    retryable: false,
  },
  'internal-error': {
    status: 500,
    title: 'A fault of our own.',
    detail: 'The service failed; the fault is logged under this request id.',
    retryable: false,
    metric: 'InternalError',
    leavesCreationOpen: true,
  },
  'upstream-auth-failed': {
    status: 502,
    title: 'The vendor refuses our credentials.',
    detail: 'The vendor refuses the credentials of this service.',
    retryable: false,
    metric: 'VendorAuthFailed',
  },
  'upstream-malformed': {
    status: 502,
    title: 'The vendor sent an unreadable answer.',
    detail: 'The answer of the vendor could not be read; nothing was stored.',
    retryable: true,
    metric: 'VendorMalformed',
  },
  'upstream-error': {
    status: 502,
    title: 'The vendor refused the call.',
    detail: 'The vendor refused the call with a code this service has no name for.',
    retryable: false,
    metric: 'VendorError',
  },
  'upstream-rate-limited': {
    status: 503,
    title: 'The vendor limits our calls.',
    detail: 'The vendor counts too many calls; try again later.',
    retryable: true,
    retryAfterS: 5,
    metric: 'VendorRateLimited',
  },
  'upstream-unavailable': {
    status: 503,
    title: 'The vendor is out of order.',
    detail: 'The vendor cannot be reached or reports a fault of its own; try again later.',
    retryable: true,
    retryAfterS: 5,
    metric: 'VendorUnavailable',
  },
  'idempotency-unavailable': {
    status: 503,
    title: 'Idempotency cannot be promised now.',
    detail: 'The key could not be recorded, so nothing was sent; try again later.',
    retryable: true,
    retryAfterS: 5,
    metric: 'IdempotencyUnavailable',
  },
  'queue-unavailable': {
    status: 503,
    title: 'The device batch could not be accepted now.',
    detail:
      'The batch could not be written down or queued. It may have been accepted all the same: repeat the request with the same Idempotency-Key, or look at the list of batches.',
    retryable: true,
    retryAfterS: 5,
    metric: 'QueueUnavailable',
    leavesCreationOpen: true,
  },
  'store-unavailable': {
    status: 503,
    title: 'The table is out of reach.',
    detail: 'What was created is written down in a table that cannot be read now; try again later.',
    retryable: true,
    retryAfterS: 5,
    metric: 'StoreUnavailable',
  },
  'upstream-timeout': {
    status: 504,
    title: 'The vendor did not answer in time.',
    detail: 'The vendor gave no answer in time.',
    retryable: true,
    metric: 'VendorTimeout',
  },
  'task-creation-unknown': {
    status: 504,
    title: 'The outcome of the creation is unknown.',
    detail: "Whether the devices were created is not known. Look their names up in the vendor's console before using them again. Over API 3.0 a device batch finds out by itself what became of such devices.",
    retryable: false,
    metric: 'CreationUnknown',
    leavesCreationOpen: true,
  },
} as const satisfies Record<string, ProblemKind>;
