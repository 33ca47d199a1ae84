import { OPEN_CODES } from './openCodes.ts';
import type { components } from './openapi.ts';

export type Problem = components['schemas']['Problem'];

/** What an `ApiError` can be: the service's own codes, and what the client finds by itself. */
export type ErrorCode =
  | Problem['code']
  /** The gateway's 429. */
  | 'too-many-requests'
  /** A 5xx of the gateway, before the service. */
  | 'gateway-failed'
  /** No answer at all: no network, a refused or a lost connection, CORS. */
  | 'connection-lost'
  /** An answer that is neither the service's nor the gateway's. */
  | 'unreadable-answer';

export interface ApiErrorDetails {
  readonly code: ErrorCode;
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** Whether the very same call can succeed later. */
  readonly retryable: boolean;
  /** Whether a creation may have happened all the same: retry with the same `idempotencyKey` only. */
  readonly outcomeUnknown: boolean;
  /** To quote when you report it. */
  readonly requestId?: string;
  /** Seconds the service asks to wait. */
  readonly retryAfterS?: number;
  /** The whole problem, if the service answered. */
  readonly problem?: Problem;
  /** The key the creation was sent with. */
  readonly idempotencyKey?: string;
}

/** Whatever went wrong with a call; switch on `code`. */
export class ApiError extends Error implements ApiErrorDetails {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly outcomeUnknown: boolean;
  declare readonly requestId?: string;
  declare readonly retryAfterS?: number;
  declare readonly problem?: Problem;
  declare readonly idempotencyKey?: string;

  constructor(message: string, details: ApiErrorDetails, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = details.code;
    this.status = details.status;
    this.retryable = details.retryable;
    this.outcomeUnknown = details.outcomeUnknown;
    Object.assign(this, details);
  }
}

/** The gateway answers in a form of its own, `{"message"}`; only its status says what it means. */
function codeOfGateway(status: number): ErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 413) return 'payload-too-large';
  if (status === 429) return 'too-many-requests';
  return status >= 500 ? 'gateway-failed' : 'unreadable-answer';
}

function parse(text: string): Partial<Problem> & { readonly message?: unknown } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

/** Seconds of `Retry-After`; its other form, a date, is one this service never sends. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** Reads an answer that is no success. @param isCreation whether a 5xx leaves open what happened */
export function toApiError(status: number, headers: Headers, text: string, isCreation: boolean): ApiError {
  const body = parse(text);
  const retryAfterS = retryAfterOf(headers);
  const requestId = headers.get('x-request-id') ?? headers.get('apigw-requestid') ?? undefined;
  const common = { status, ...(retryAfterS === undefined ? {} : { retryAfterS }), ...(requestId === undefined ? {} : { requestId }) };
  if (typeof body.code === 'string' && typeof body.retryable === 'boolean') {
    const problem = body as Problem; // the service's own form, by the members that make it so
    const outcomeUnknown = isCreation && OPEN_CODES.includes(problem.code);
    return new ApiError(`${problem.title} ${problem.detail}`, { ...common, code: problem.code, retryable: problem.retryable, outcomeUnknown, problem });
  }
  const code = codeOfGateway(status);
  const isFault = code === 'gateway-failed';
  const message = typeof body.message === 'string' ? body.message : `HTTP ${status}`;
  return new ApiError(message, { ...common, code, retryable: isFault || code === 'too-many-requests', outcomeUnknown: isCreation && isFault });
}
