import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { LambdaHandler } from '../../lib/http/createHandler.ts';
import type { HttpResponse } from '../../lib/http/httpResponse.ts';
import { functions, type FunctionName } from '../../lib/functions/functions.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** How `rawPath` arrives: percent-decoded from API Gateway, as it was sent from serverless-offline. */
export type PathForm = 'decoded' | 'encoded';
export const PATH_FORMS: readonly PathForm[] = ['decoded', 'encoded'];

export interface EventOptions {
  readonly method?: string;
  /** As the client sends it: percent-encoded, base path included. */
  readonly path?: string;
  /** `decoded` unless given. */
  readonly pathForm?: PathForm;
  /** As the client sends it, without `?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** As the token holds them; left out: the gateway verified none. */
  readonly claims?: Claims | undefined;
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
  /** What stands before the routes' own paths. */
  readonly basePath?: string;
  /** The API's own domain unless given. */
  readonly domainName?: string;
  readonly stage?: string;
}

/** Claims as API Gateway hands them to a function: arrays as `[a b]`, everything else as its text. */
export function encodeClaims(claims: Claims): Record<string, string> {
  const encode = (value: unknown) => (Array.isArray(value) ? `[${value.join(' ')}]` : String(value));
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, encode(value)]));
}

export interface RouteMatch {
  /** `$default` if no route takes the request. */
  readonly routeKey: string;
  readonly functionName?: FunctionName;
  readonly pathParameters: Readonly<Record<string, string>>;
}

function matchTemplate(template: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [template.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== value : value === '') return undefined;
    if (name !== undefined) parameters[name] = value;
  }
  return parameters;
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Routes as API Gateway does: segment by segment, a parameter never empty, everything else to `$default`. */
export function routeRequest(method: string, path: string, basePath = ''): RouteMatch {
  const inner = path.startsWith(basePath) ? path.slice(basePath.length) : path;
  for (const [name, { methods, template }] of Object.entries(functions)) {
    const parameters = methods.some((one) => one === method) ? matchTemplate(template, inner) : undefined;
    if (parameters === undefined) continue;
    const decoded = Object.entries(parameters).map(([key, value]) => [key, decodeOnce(value)]);
    return {
      routeKey: `${method} ${template}`,
      functionName: name as FunctionName, // a key of `functions`
      pathParameters: Object.fromEntries(decoded),
    };
  }
  return { routeKey: '$default', pathParameters: {} };
}

function joinQuery(query: string): Record<string, string> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(',')]));
}

const DOMAIN = 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com';

function makeRequestContext(options: EventOptions, method: string, path: string, routeKey: string) {
  return {
    accountId: '123456789012',
    apiId: 'a1b2c3d4e5',
    ...(options.claims === undefined
      ? {}
      : { authorizer: { jwt: { claims: encodeClaims(options.claims), scopes: null } } }),
    domainName: options.domainName ?? DOMAIN,
    domainPrefix: 'a1b2c3d4e5',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'curl/8.5.0' },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey,
    stage: options.stage ?? '$default',
    time: '24/Nov/2026:10:00:00 +0000',
    timeEpoch: 1_795_514_400_000,
  };
}

/** A fresh HTTP API event of payload version 2.0; middy changes events, so each call needs its own. */
export function makeEvent(options: EventOptions = {}): APIGatewayProxyEventV2 {
  const { method = 'GET', path = '/v1/health', pathForm = 'decoded', query = '', headers = {}, basePath = '' } = options;
  const { routeKey, pathParameters } = routeRequest(method, path, basePath);
  const rawPath = pathForm === 'encoded' ? path : path.split('/').map(decodeOnce).join('/');
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: query,
    headers: { host: DOMAIN, 'user-agent': 'curl/8.5.0', 'x-forwarded-proto': 'https', ...headers },
    ...(query === '' ? {} : { queryStringParameters: joinQuery(query) }),
    requestContext: makeRequestContext(options, method, rawPath, routeKey),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(options.body === undefined ? {} : { body: options.body }),
    isBase64Encoded: options.isBase64Encoded ?? false,
  };
}

/** A fresh copy of an event of `test/fixtures/events`. */
export function loadEvent(name: string): APIGatewayProxyEventV2 {
  const text = readFileSync(new URL(`../fixtures/events/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as APIGatewayProxyEventV2; // recorded from the gateway
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, decompressed. */
  readonly text: string;
  /** Of the body as it was sent. */
  readonly sentBytes: number;
  /** The body parsed, `undefined` if it is no JSON, or empty. */
  readonly json: Record<string, unknown> | undefined;
}

/** A function's result as a client reads it. */
export function toReply({ statusCode: status, headers, body, isBase64Encoded = false }: HttpResponse): Reply {
  const sent = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const text = (isBase64Encoded && headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString('utf8');
  const isJson = text !== '' && /^application\/(?:problem\+)?json$/.test(headers['content-type'] ?? '');
  // Every JSON body of this service is an object.
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : undefined;
  return { status, headers, text, sentBytes: sent.length, json };
}

let invocations = 0;

/** Invokes a handler as Lambda does, with an invocation id of its own. */
export async function invoke(
  handler: LambdaHandler,
  event: APIGatewayProxyEventV2,
  context: Partial<Context> = {},
): Promise<Reply> {
  invocations += 1;
  const response = await handler(event, {
    awsRequestId: `invocation-${invocations}`,
    getRemainingTimeInMillis: () => 29_000,
    ...context,
  });
  return toReply(response);
}
