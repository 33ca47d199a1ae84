import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod/mini';
import type { VerifyToken, Verdict } from './offlineTokens.ts';
import type { CorsRules, GatewayRoute } from './readService.ts';

/** Invokes a function with an event. @returns its result @throws if it fails */
export type InvokeFunction = (functionName: string, event: object) => Promise<unknown>;

export interface GatewayOptions {
  /** In the order in which they are tried. */
  readonly routes: readonly GatewayRoute[];
  readonly cors: CorsRules;
  readonly verifyToken: VerifyToken;
  readonly invoke: InvokeFunction;
}

// The limit of API Gateway; the function's own is far lower.
const MAX_BODY_BYTES = 10 * 1024 * 1024;

type HeaderValues = Readonly<Record<string, string>>;

// These bodies go to the function as text, all others in base64.
const TEXT_TYPE = /^(?:text\/|application\/(?:json|xml|javascript)\b)/i;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Percent-decoded; a stray `%` and bytes that are no UTF-8 stay as they are, and the function refuses them. */
const decodePath = (path: string) => path.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, decode);

function findRoute(routes: readonly GatewayRoute[], method: string, path: string) {
  for (const route of routes) {
    const isOfMethod = route.routeKey === '$default' || route.routeKey.startsWith(`${method} `);
    const match = isOfMethod ? route.pattern.exec(path) : null;
    if (match) return { route, segments: Object.entries(match.groups ?? {}) };
  }
  throw new Error('serverless.yml has no $default route');
}

async function judge({ verifyToken }: GatewayOptions, route: GatewayRoute, authorization: string | undefined): Promise<Verdict> {
  if (!route.isProtected || authorization === undefined) return { kind: 'none' };
  return verifyToken(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
}

function encodeBody(body: Buffer, contentType: string | undefined) {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = contentType === undefined || TEXT_TYPE.test(contentType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** The event of payload version 2.0 that API Gateway makes of a request. */
function toEvent(request: IncomingMessage, body: Buffer, verdict: Verdict, { route, segments }: ReturnType<typeof findRoute>) {
  const { method = 'GET', url = '/', headersDistinct } = request;
  const [path = '', ...query] = url.split('?');
  const [rawPath, rawQueryString] = [decodePath(path), query.join('?')];
  const headers = Object.fromEntries(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(',')]));
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath,
    rawQueryString,
    headers,
    ...(segments.length === 0 ? {} : { pathParameters: Object.fromEntries(segments.map(([name, text]) => [name, decodePath(text)])) }),
    requestContext: {
      ...(verdict.kind === 'verified' ? { authorizer: { jwt: { claims: verdict.claims, scopes: null } } } : {}),
      domainName: 'localhost',
      http: { method, path: rawPath, protocol: `HTTP/${request.httpVersion}`, sourceIp: '127.0.0.1', userAgent: headers['user-agent'] ?? '' },
      requestId: randomUUID(),
      routeKey: route.routeKey,
      stage: '$default',
      timeEpoch: Date.now(),
    },
    ...encodeBody(body, headers['content-type']),
  };
}

const functionResult = z.object({
  statusCode: z.number(),
  headers: z._default(z.record(z.string(), z.string()), {}),
  body: z._default(z.string(), ''),
  isBase64Encoded: z._default(z.boolean(), false),
});

/** RFC 6750: why the authorizer refused the token, which the function behind it cannot know. */
function challenge(verdict: Verdict, status: number): HeaderValues {
  if (verdict.kind !== 'refused' || status !== 401) return {};
  return { 'www-authenticate': `Bearer realm="iotcloud-rest", error="invalid_token", error_description="${verdict.reason}"` };
}

function corsHeaders(rules: CorsRules, origin: string | undefined, isPreflight: boolean): HeaderValues {
  if (origin === undefined || !rules.allowedOrigins.includes(origin)) return {};
  const preflight = {
    'access-control-allow-methods': rules.allowedMethods.join(','),
    'access-control-allow-headers': rules.allowedHeaders.join(','),
    'access-control-max-age': String(rules.maxAge),
  };
  const answer = { 'access-control-expose-headers': rules.exposedResponseHeaders.join(',') };
  return { 'access-control-allow-origin': origin, ...(isPreflight ? preflight : answer) };
}

function answerAsGateway(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'apigw-requestid': randomUUID() }).end(JSON.stringify({ message }));
}

async function serve(options: GatewayOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const isPreflight = method === 'OPTIONS' && headers.origin !== undefined && options.cors.allowedOrigins.length > 0;
  const cors = corsHeaders(options.cors, headers.origin, isPreflight);
  if (isPreflight) return void response.writeHead(204, cors).end();
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) return answerAsGateway(response, 413, 'Request Entity Too Large');
  const target = findRoute(options.routes, method, url.split('?')[0] ?? '');
  const verdict = await judge(options, target.route, headers.authorization);
  const event = toEvent(request, await buffer(request), verdict, target);
  const result = functionResult.parse(await options.invoke(target.route.functionName, event));
  response.statusCode = result.statusCode;
  response.setHeaders(new Map(Object.entries({ ...result.headers, ...challenge(verdict, result.statusCode), ...cors })));
  if ('access-control-allow-origin' in cors) response.appendHeader('vary', 'origin');
  return void response.end(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'));
}

/**
 * What stands in for API Gateway offline: it takes the routes of `serverless.yml`, verifies the bearer token of those
 * that demand one, makes the event as API Gateway does, and writes the function's result. It listens nowhere yet.
 */
export function createGateway(options: GatewayOptions): http.Server {
  return http.createServer((request, response) => {
    serve(options, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else answerAsGateway(response, 500, 'Internal Server Error');
    });
  });
}
