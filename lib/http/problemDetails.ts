import { AppError, problemKindOf } from '../errors.ts';
import type { Answer } from './httpResponse.ts';
import type { HttpRequest } from './httpRequest.ts';

/** Whatever was thrown, as an `AppError`: what is not one is a fault of our own, and says nothing else. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal-error', undefined, { cause: error });
}

/** A path as a URI reference: deployed it arrives decoded, and may hold anything. */
function toReference(path: string): string {
  const escaped = path.toWellFormed().replaceAll(/[^\w.~!$&'()*+,;=:@/%-]+|%(?![\da-f]{2})/gi, encodeURIComponent);
  return escaped.replace(/^\/{2,}/, '/'); // which would begin with a host
}

/** RFC 9457 problem details of an error. `instance` is the path of the request. */
export function toProblemAnswer(error: AppError, request: Pick<HttpRequest, 'id' | 'path'>): Answer {
  const { status, title, retryable, retryAfterS } = problemKindOf(error.code);
  const { errors, upstream, members, headers } = error.options;
  return {
    status,
    body: {
      type: `urn:iotcloud-rest:problem:${error.code}`,
      title,
      status,
      detail: error.message,
      instance: toReference(request.path),
      code: error.code,
      requestId: request.id,
      retryable,
      ...(errors === undefined ? {} : { errors }),
      ...(upstream === undefined ? {} : { upstream }),
      ...members,
    },
    headers: { ...headers, ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }) },
    contentType: 'application/problem+json',
    caching: 'no-store',
  };
}
