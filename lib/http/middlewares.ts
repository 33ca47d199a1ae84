import type { MiddlewareObj, Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { BaseContainer } from '../baseContainer.ts';
import { nameRequest } from '../currentRequest.ts';
import { formatCacheStatus } from './cacheStatus.ts';
import { openExchange, type Exchange } from './exchange.ts';
import { toHttpRequest } from './httpRequest.ts';
import { toHttpResponse, withoutBody, type Answer, type HttpResponse } from './httpResponse.ts';
import { asAppError, toProblemAnswer } from './problemDetails.ts';
import { formatTraceparent } from './traceContext.ts';

/** The chain works on an exchange; `openRequest` puts it in the place of the event. */
export type ChainRequest = Request<Exchange, Answer | HttpResponse>;
export type Middleware = MiddlewareObj<Exchange, Answer | HttpResponse>;

export type GetContainer = () => BaseContainer;

const SECURITY_HEADERS = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Reads the event; everything after it works on the exchange. */
export function openRequest(routeName: string, now: () => number): Middleware {
  return {
    before: (request) => {
      const event = request.event as unknown as APIGatewayProxyEventV2; // what Lambda handed to middy
      const exchange = openExchange(toHttpRequest(event, request.context), routeName, now());
      nameRequest({ requestId: exchange.request.id, traceId: exchange.trace.traceId });
      request.event = exchange;
    },
  };
}

/** Answers and errors become responses here; every one of them says how the cache took part, where it did. */
export function respond(): Middleware {
  const finish = (request: ChainRequest, answer: Answer) => {
    const { request: http, scope } = request.event;
    const { cache } = scope.tally;
    const response = toHttpResponse(answer, http.headers.get('if-none-match'));
    if (cache !== undefined) response.headers['cache-status'] = formatCacheStatus(cache);
    request.response = http.method === 'HEAD' ? withoutBody(response) : response;
  };
  return {
    after: (request) => finish(request, request.response as Answer), // the handler's own return type
    onError: (request) => finish(request, toProblemAnswer(asAppError(request.error), request.event.request)),
  };
}

/** The headers every response carries. */
export function seal(): Middleware {
  const addHeaders = (request: ChainRequest) => {
    const response = request.response as HttpResponse; // `respond` ran before
    response.headers = {
      ...SECURITY_HEADERS,
      ...response.headers,
      'x-request-id': request.event.request.id,
      traceparent: formatTraceparent(request.event.trace),
    };
  };
  return { after: addHeaders, onError: addHeaders };
}
