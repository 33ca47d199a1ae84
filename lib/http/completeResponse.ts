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

/** Whatever becomes of the request: it may be refused before its query is read. */
function asksForSecrets(rawQuery: string): boolean {
  return new URLSearchParams(`?${rawQuery}`).getAll('include').includes('credentials');
}

/** An answer as the client of this exchange gets it, with the headers every response carries. */
export function completeResponse(answer: Answer, { request, context, trace }: Exchange): HttpResponse {
  const response = toHttpResponse(answer, {
    ifNoneMatch: request.headers.get('if-none-match'),
    acceptEncoding: request.headers.get('accept-encoding'),
    asksForSecrets: asksForSecrets(request.rawQuery),
  });
  const { cache } = context.tally;
  const headers = {
    ...SECURITY_HEADERS,
    ...response.headers,
    ...(cache === undefined ? {} : { 'cache-status': formatCacheStatus(cache) }),
    'x-request-id': request.id,
    traceparent: formatTraceparent(trace),
  };
  return request.method === 'HEAD' ? withoutBody({ ...response, headers }) : { ...response, headers };
}
