import type { ProblemCode } from '../lib/errors.ts';
import { problemKinds } from '../lib/problemKinds.ts';
import type { ApiFunction, HeaderName } from '../lib/functions/apiFunction.ts';
import { headerRefs, ownHeaders } from './headers.ts';
import { schemaRef, type Json } from './schemas.ts';

/** What API Gateway says by itself, by status. Source: the HTTP API's fixed messages. */
const gatewayMessages: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const statusTexts: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `errors` names every fault.',
  401: 'No bearer token, or one that was not accepted.',
  403: 'The token lacks a scope, or does not allow this product.',
  404: 'Nothing is there.',
  405: 'The path takes other methods only.',
  409: 'Not in this state of things.',
  413: 'The body is over 64 KiB, of a batch over 1 MiB.',
  415: 'The body has a media type that this path does not take.',
  422: 'The `Idempotency-Key` belongs to another body.',
  429: 'More requests than the stage takes. Retry with exponential back-off and jitter; a creation with the same `Idempotency-Key`.',
  500: 'A fault of the service.',
  502: 'The vendor refused the call, or sent what cannot be read.',
  503: 'Out of order for now; try again after `Retry-After`.',
  504: 'No answer in time.',
};

const statusHeaders: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  405: ['Allow'],
  409: ['Retry-After'],
  503: ['Retry-After'],
};

// A problem of 1 KiB and more, of many faults or a long path, is compressed as other answers are.
const NEGOTIATED = ['Vary', 'Content-Encoding'] as const satisfies readonly HeaderName[];

// Before the store is asked, nobody knows of it.
const BEFORE_CACHE: readonly number[] = [401, 403, 405];

const exampleRefs = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }]));

const gatewayExample = (status: number) => `gateway-${status}`;

/** `components.examples` of the gateway's own answers. */
export function buildGatewayExamples(): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(gatewayMessages).map(([status, message]) => [
      gatewayExample(Number(status)),
      { summary: 'From the gateway, before the service.', value: { message } },
    ]),
  );
}

/** Content with a schema and named examples. */
export function content(type: string, schema: Json, examples: readonly string[]): Json {
  return { [type]: { schema, ...(examples.length === 0 ? {} : { examples: exampleRefs(examples) }) } };
}

const EVERYWHERE = ['invalid-request', 'route-not-found', 'method-not-allowed', 'internal-error'] as const satisfies readonly ProblemCode[];
const OF_CALLERS = ['unauthorized', 'forbidden'] as const satisfies readonly ProblemCode[];

function problemsOf({ scopes, problems }: ApiFunction): ProblemCode[] {
  return [...EVERYWHERE, ...(scopes.length === 0 ? [] : OF_CALLERS), ...problems];
}

/** The statuses that the gateway answers by itself. */
function gatewayStatusesOf({ scopes, body }: ApiFunction): number[] {
  const ofCallers = scopes.length === 0 ? [] : [401, 403, 502, 504];
  return [...ofCallers, ...(body === undefined ? [] : [413]), 429, 500, 503];
}

function errorResponse(fn: ApiFunction, status: number): Json {
  const ours = problemsOf(fn).filter((code) => problemKinds[code].status === status);
  const isGateways = gatewayStatusesOf(fn).includes(status);
  const isCached = fn.success.headers.includes('Cache-Status') && !BEFORE_CACHE.includes(status);
  const names: HeaderName[] = [
    ...(ours.length === 0 ? [] : [...ownHeaders, ...(statusHeaders[status] ?? []), ...NEGOTIATED]),
    ...(ours.length > 0 && isCached ? (['Cache-Status'] as const) : []),
    ...(isGateways ? (['apigw-requestid'] as const) : []),
  ];
  return {
    description: statusTexts[status],
    headers: headerRefs(names),
    content: {
      ...(ours.length === 0 ? {} : content('application/problem+json', schemaRef('Problem'), ours)),
      ...(isGateways ? content('application/json', schemaRef('GatewayError'), [gatewayExample(status)]) : {}),
    },
  };
}

/** Every error answer of a function, by status. @throws if a status has no text */
export function errorResponses(fn: ApiFunction): Record<string, Json> {
  const statuses = new Set([...problemsOf(fn).map((code) => problemKinds[code].status), ...gatewayStatusesOf(fn)]);
  const unnamed = [...statuses].find((status) => statusTexts[status] === undefined);
  if (unnamed !== undefined) throw new Error(`the status ${unnamed} has no text`);
  return Object.fromEntries([...statuses].toSorted((a, b) => a - b).map((status) => [String(status), errorResponse(fn, status)]));
}
