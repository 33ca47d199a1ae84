/**
 * The problem catalogue: every error this service answers with, in one table.
 * `docs/errors.md` documents each code; a test holds the two together, both ways.
 */
interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Whether repeating the very same request later can succeed. */
  readonly retryable: boolean;
  /** Seconds for `Retry-After` where the thrower names none. */
  readonly retryAfterS?: number;
}

export const problemKinds = {
  'invalid-request': { status: 400, title: 'The request is not valid.', retryable: false },
  unauthorized: { status: 401, title: 'No verified caller.', retryable: false },
  forbidden: { status: 403, title: 'The caller may not do this.', retryable: false },
  'task-not-found': { status: 404, title: 'No such device task.', retryable: false },
  'product-not-found': { status: 404, title: 'No such product.', retryable: false },
  'route-not-found': { status: 404, title: 'No such path.', retryable: false },
  'method-not-allowed': { status: 405, title: 'The path does not take this method.', retryable: false },
  'task-not-completed': { status: 409, title: 'The device task is not completed.', retryable: true, retryAfterS: 2 },
  'device-limit-exceeded': { status: 409, title: 'The product has no room for these devices.', retryable: false },
  'idempotency-key-in-progress': {
    status: 409,
    title: 'A creation with this Idempotency-Key is still running.',
    retryable: true,
    retryAfterS: 2,
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used with another body.',
    retryable: false,
  },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON.', retryable: false },
  'payload-too-large': { status: 413, title: 'The body is too large.', retryable: false },
  'upstream-rate-limited': { status: 503, title: 'The vendor limits our calls.', retryable: true, retryAfterS: 5 },
  'upstream-unavailable': { status: 503, title: 'The vendor is out of order.', retryable: true, retryAfterS: 5 },
  'idempotency-unavailable': {
    status: 503,
    title: 'Idempotency cannot be promised now.',
    retryable: true,
    retryAfterS: 5,
  },
  'upstream-auth-failed': { status: 502, title: 'The vendor refuses our credentials.', retryable: false },
  'upstream-malformed': { status: 502, title: 'The vendor sent an unreadable answer.', retryable: true },
  'upstream-error': { status: 502, title: 'The vendor refused the call.', retryable: false },
  'upstream-timeout': { status: 504, title: 'The vendor did not answer in time.', retryable: true },
  'task-creation-unknown': { status: 504, title: 'The outcome of the creation is unknown.', retryable: false },
  'internal-error': { status: 500, title: 'A fault of our own.', retryable: false },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;

/** One fault of the input: where it stands, and what is wrong with it. */
export interface InputFault {
  readonly in: 'query' | 'path' | 'header' | 'body';
  /** Parameter or header name. */
  readonly name?: string;
  /** RFC 6901 JSON pointer into the body. */
  readonly pointer?: string;
  readonly detail: string;
}

/** What the legacy API refused with; numbers and an English name only, never its free text. */
export interface UpstreamRefusal {
  readonly code: number;
  readonly moduleCode?: number;
  readonly codeDesc?: string;
}

export interface AppErrorOptions {
  readonly errors?: readonly InputFault[];
  readonly upstream?: UpstreamRefusal;
  /** Further problem members, e.g. `taskStatus`. */
  readonly members?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** For our own logs only; never answered. */
  readonly cause?: unknown;
}

/** The one error type that becomes an answer; `message` is the problem's `detail`, fit for clients. */
export class AppError extends Error {
  readonly code: ProblemCode;
  readonly options: AppErrorOptions;

  constructor(code: ProblemCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.options = options;
  }
}

/** `Retry-After` in seconds; `undefined` where waiting does not help. */
export function retryAfterSeconds(code: ProblemCode): number | undefined {
  const kind: ProblemKind = problemKinds[code];
  return kind.retryAfterS;
}
