import { formatCacheStatus } from './cacheStatus.ts';
import type { Exchange } from './exchange.ts';
import { toHttpResponse, withoutBody, type Answer, type HttpResponse } from './httpResponse.ts';
import { formatTraceparent } from './traceContext.ts';

const SECURITY_HEADERS = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** An answer as the client of this exchange gets it, with the headers every response carries. */
export function completeResponse(answer: Answer, { request, scope, trace }: Exchange): HttpResponse {
  const response = toHttpResponse(answer, request.headers.get('if-none-match'));
  const { cache } = scope.tally;
  const headers = {
    ...SECURITY_HEADERS,
    ...response.headers,
    ...(cache === undefined ? {} : { 'cache-status': formatCacheStatus(cache) }),
    'x-request-id': request.id,
    traceparent: formatTraceparent(trace),
  };
  return request.method === 'HEAD' ? withoutBody({ ...response, headers }) : { ...response, headers };
}
