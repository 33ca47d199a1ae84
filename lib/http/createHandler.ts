import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import type { BaseContainer } from '../baseContainer.ts';
import { serveRequest } from '../currentRequest.ts';
import { AppError, type InputFault } from '../errors.ts';
import { readCaller, requireIdentity, requireProduct, requireScopes } from './caller.ts';
import type { Exchange } from './exchange.ts';
import type { Answer, HttpResponse } from './httpResponse.ts';
import { logExchange } from './logExchange.ts';
import { openRequest, respond, seal, type GetContainer, type Middleware } from './middlewares.ts';
import { parseBody } from './parseBody.ts';
import { parsePath, parseQuery, type ParameterSchema, type Parsed } from './parseInput.ts';
import { allowedMethods, findBasePath, methodsOf, parameterNamesOf, routes, type RouteName } from './routes.ts';

export interface HandlerSpec<Query, Body, Container> {
  readonly route: RouteName;
  readonly query: ParameterSchema<Query>;
  /** Of a route that takes a JSON body. */
  readonly body?: z.ZodMiniType<Body>;
  readonly handle: (exchange: Exchange<Query, Body>, container: Container) => Promise<Answer> | Answer;
}

export type LambdaHandler = (event: APIGatewayProxyEventV2, context: Partial<Context>) => Promise<HttpResponse>;

/** Who may pass, and what the input is: checked before anything is read, asked or decrypted. */
function admit<Query, Body>(spec: HandlerSpec<Query, Body, never>, getContainer: GetContainer): Middleware {
  const route = routes[spec.route];
  const isPublic = route.scopes.length === 0;
  return {
    before: (request) => {
      const { method, path: sentPath, pathParameters, rawQuery } = request.event.request;
      // serverless-offline serves HEAD by whatever serves GET.
      if (!methodsOf(route).includes(method)) throw methodNotAllowed(methodsOf(route));
      const caller = isPublic ? undefined : readCaller(request.event.request);
      const exchange = { ...request.event, caller };
      request.event = exchange; // for the log, which tells of refused callers too
      if (caller !== undefined) {
        requireIdentity(caller);
        requireScopes(caller, route.scopes);
      }
      const path = parsePath(parameterNamesOf(route), pathParameters);
      const query = parseQuery(rawQuery, spec.query);
      if (!path.ok) throw invalidRequest([...path.faults, ...faultsOf(query)]);
      const basePath = findBasePath(route, sentPath);
      if (basePath === undefined) throw routeNotFound();
      const { productId } = path.value;
      if (caller !== undefined && productId !== undefined)
        requireProduct(caller, productId, getContainer().config.productsClaim);
      const body = spec.body && parseBody(exchange.request, spec.body);
      if (!query.ok || body?.ok === false) throw invalidRequest([...faultsOf(query), ...(body ? faultsOf(body) : [])]);
      request.event = { ...exchange, basePath, parameters: path.value, query: query.value, body: body?.value };
    },
  };
}

function faultsOf(parsed: Parsed<unknown>): readonly InputFault[] {
  return parsed.ok ? [] : parsed.faults;
}

// What is wrong in a hundred places need not be told of more.
const MAX_FAULTS = 100;

function invalidRequest(faults: readonly InputFault[]): AppError {
  const errors = faults.slice(0, MAX_FAULTS);
  const places = errors.map((fault) => fault.name ?? (fault.pointer || fault.in));
  return new AppError('invalid-request', `Not valid: ${[...new Set(places)].slice(0, 10).join(', ')}.`, { errors });
}

function routeNotFound(): AppError {
  return new AppError('route-not-found', 'There is nothing at this path.');
}

function methodNotAllowed(allowed: readonly string[]): AppError {
  const allow = allowed.join(', ');
  return new AppError('method-not-allowed', `This path takes ${allow}.`, { headers: { allow } });
}

type Handle = (exchange: Exchange) => Promise<Answer> | Answer;

/** What every handler has in common: event in, response out, every error a problem, one line in the log. */
function createChain(
  routeName: string,
  middlewares: readonly Middleware[],
  handle: Handle,
  getContainer: GetContainer,
  now: () => number,
): LambdaHandler {
  const chain = middy<Exchange, Answer | HttpResponse>(handle, { timeoutEarlyInMillis: 0 });
  chain.use([openRequest(routeName, now), logExchange(getContainer, now), seal(), respond(), ...middlewares]);
  const serve = chain as unknown as LambdaHandler; // Lambda hands in the raw event, `openRequest` takes it
  return (event, context) => serveRequest(() => serve(event, context));
}

/**
 * Wraps a use case into the handler of one route. @param getContainer called on the first event, so that
 * importing a handler builds nothing
 */
export function createHandler<Query, Body, Container extends BaseContainer>(
  spec: HandlerSpec<Query, Body, Container>,
  getContainer: () => Container,
  now: () => number = Date.now,
): LambdaHandler {
  // `admit` parsed the input by this very spec, which the chain's types cannot follow.
  const handle: Handle = (exchange) => spec.handle(exchange as Exchange<Query, Body>, getContainer());
  return createChain(spec.route, [admit(spec, getContainer)], handle, getContainer, now);
}

/** The handler of every path and method no route takes: 405 with `Allow` if the path exists, else 404. */
export function createFallbackHandler(getContainer: GetContainer, now: () => number = Date.now): LambdaHandler {
  const reject: Handle = ({ request: { method, path, mayHaveBasePath } }) => {
    const allowed = allowedMethods(path, mayHaveBasePath);
    throw allowed.length === 0 || allowed.includes(method) ? routeNotFound() : methodNotAllowed(allowed);
  };
  return createChain('fallback', [], reject, getContainer, now);
}
