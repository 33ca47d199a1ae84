import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { BaseContainer } from '../baseContainer.ts';
import { systemClock } from '../clock.ts';
import { nameRequest, serveRequest } from '../currentRequest.ts';
import type { ApiFunction } from '../functions/apiFunction.ts';
import { admitRequest, identifyCaller } from './admitRequest.ts';
import { completeResponse } from './completeResponse.ts';
import { openExchange, type Exchange, type ExchangeOf } from './exchange.ts';
import { toHttpRequest } from './httpRequest.ts';
import type { Answer, HttpResponse } from './httpResponse.ts';
import { createLogExchange } from './logExchange.ts';
import { asAppError, toProblemAnswer } from './problemDetails.ts';

export type LambdaHandler = (event: APIGatewayProxyEventV2, context: Partial<Context>) => Promise<HttpResponse>;

/** What a use case answers; its function says the status, and the media type unless the answer names one. */
export type SuccessAnswer = Omit<Answer, 'status'>;

/** The use case of a function: called once the caller and the input are checked. */
export type Handle<Fn extends ApiFunction, Container extends BaseContainer = BaseContainer> = (
  exchange: ExchangeOf<Fn>,
  container: Container,
) => Promise<SuccessAnswer> | SuccessAnswer;

/** What a chain is made of. */
export interface ChainParts {
  /** In the log. */
  readonly name: string;
  /** In this order: each throws, or adds to the exchange what it found. */
  readonly checks: readonly ((exchange: Exchange) => Exchange)[];
  readonly answer: (exchange: Exchange) => Promise<Answer> | Answer;
  readonly getContainer: () => BaseContainer;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What every handler has in common: event in, response out, every error a problem, one line in the log. */
export function createChain({ name, checks, answer, getContainer, now }: ChainParts): LambdaHandler {
  const logExchange = createLogExchange(getContainer, now);
  const respond = (exchange: Exchange, finished: Answer, error?: unknown): HttpResponse => {
    const response = completeResponse(finished, exchange);
    logExchange(exchange, response.statusCode, error);
    return response;
  };
  const chain = middy<Exchange, Answer | HttpResponse>(answer, { timeoutEarlyInMillis: 0 }).before((request) => {
    const event = request.event as unknown as APIGatewayProxyEventV2; // what Lambda handed to middy
    const exchange = openExchange(toHttpRequest(event, request.context), name, now());
    nameRequest({ requestId: exchange.request.id, traceId: exchange.trace.traceId });
    request.event = exchange; // all that follows works on it
  });
  for (const check of checks)
    chain.before((request) => {
      request.event = check(request.event);
    });
  chain
    .after((request) => respond(request.event, request.response as Answer)) // what `answer` returned
    .onError(({ event: exchange, error }) => respond(exchange, toProblemAnswer(asAppError(error), exchange.request), error));
  const serve = chain as unknown as LambdaHandler; // Lambda hands in the raw event, the first step takes it
  return (event, context) => serveRequest(() => serve(event, context));
}

/**
 * Wraps a use case into the handler of a function. @param getContainer called on the first event, so that
 * importing a handler builds nothing
 */
export function createHandler<Fn extends ApiFunction, Container extends BaseContainer>(
  fn: Fn,
  handle: Handle<Fn, Container>,
  getContainer: () => Container,
  now: () => number = systemClock.now,
): LambdaHandler {
  const { status, content } = fn.success;
  return createChain({
    name: fn.name,
    checks: [
      (exchange) => identifyCaller(fn, exchange),
      (exchange) => admitRequest(fn, exchange, () => getContainer().config.productsClaim),
    ],
    answer: async (exchange) => {
      // `admitRequest` parsed the input by this very function's schemas, which the chain's types cannot follow.
      const success = await handle(exchange as ExchangeOf<Fn>, getContainer());
      return { status, ...(content === undefined ? {} : { contentType: content.type }), ...success };
    },
    getContainer,
    now,
  });
}
