import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

/** A request as this service sees it: the types of AWS stop in this file and in `httpResponse.ts`. */
export interface HttpRequest {
  readonly id: string;
  readonly method: string;
  /** Base path included, percent-decoded: API Gateway, and what stands in for it offline, hand it over so. */
  readonly path: string;
  /** What the gateway read out of the path, decoded once. */
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  /** Whether the gateway may have left something before a route's own path: a stage, or what a custom domain maps. */
  readonly mayHaveBasePath: boolean;
  readonly rawQuery: string;
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Decoded; `undefined` if there is none. */
  readonly body: Uint8Array | undefined;
  /** The claims API Gateway verified, in its encoding; `undefined` if it verified none. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds until the platform ends this invocation. */
  readonly remainingMs: number;
}

// API Gateway's own limit, for an invocation whose context names none.
const GATEWAY_TIMEOUT_MS = 30_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readClaims(event: APIGatewayProxyEventV2): HttpRequest['claims'] {
  const authorizer: unknown = Reflect.get(event.requestContext, 'authorizer');
  const jwt = isRecord(authorizer) ? authorizer['jwt'] : undefined;
  const claims = isRecord(jwt) ? jwt['claims'] : undefined;
  return isRecord(claims) && Object.keys(claims).length > 0 ? claims : undefined;
}

function readBody(event: APIGatewayProxyEventV2): Uint8Array | undefined {
  // serverless-offline hands over falsy JSON literals parsed, so the type is not to be trusted.
  const body: unknown = event.body;
  if (body === undefined || body === null) return undefined;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return Buffer.from(text, event.isBase64Encoded ? 'base64' : 'utf8');
}

function readHeaders(event: APIGatewayProxyEventV2): Map<string, string> {
  const entries = Object.entries(event.headers ?? {});
  return new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), value]])));
}

function mayHaveBasePath({ requestContext }: APIGatewayProxyEventV2): boolean {
  const isCustomDomain = /^(?!.*\.execute-api\.).*\./.test(requestContext.domainName);
  return isCustomDomain || requestContext.stage !== '$default';
}

/** Reads an HTTP API event of payload version 2.0. */
export function toHttpRequest(event: APIGatewayProxyEventV2, context: Partial<Context>): HttpRequest {
  return {
    // Offline the gateway's own request id is a constant; the invocation's id is one of a kind everywhere.
    id: context.awsRequestId ?? randomUUID(),
    method: event.requestContext.http.method.toUpperCase(),
    path: event.rawPath,
    pathParameters: event.pathParameters ?? {},
    mayHaveBasePath: mayHaveBasePath(event),
    rawQuery: event.rawQueryString ?? '',
    headers: readHeaders(event),
    body: readBody(event),
    claims: readClaims(event),
    remainingMs: context.getRemainingTimeInMillis?.() ?? GATEWAY_TIMEOUT_MS,
  };
}
