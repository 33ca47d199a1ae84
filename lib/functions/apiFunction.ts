import type * as z from 'zod/mini';
import type { ProblemCode } from '../errors.ts';
import type { JsonBody } from '../http/jsonBody.ts';

export type Scope = 'devices:read' | 'devices:write' | 'devices:credentials';

/** Headers of answers beside `Content-Type`; `openapi/headers.ts` says what each means. */
export type HeaderName =
  | 'X-Request-Id'
  | 'traceparent'
  | 'Cache-Control'
  | 'Cache-Status'
  | 'ETag'
  | 'Link'
  | 'Location'
  | 'Retry-After'
  | 'Idempotency-Replayed'
  | 'Vary'
  | 'Content-Encoding'
  | 'Allow'
  | 'WWW-Authenticate'
  | 'apigw-requestid';

/** What is answered if nothing goes wrong. */
export interface Success {
  readonly status: number;
  readonly description: string;
  /** Left out, there is no body. A JSON body without a schema is any object. */
  readonly content?: {
    readonly type: 'application/json' | 'text/html; charset=utf-8';
    readonly schema?: z.ZodMiniType;
    /** What it looks like as `text/csv`, if it can be had so as well. */
    readonly csv?: string;
  };
  /** Beside those of every answer. */
  readonly headers: readonly HeaderName[];
}

/** Everything there is to say of one function of the API: what it takes, who may call it, what it answers. */
export interface ApiFunction<
  Path extends z.ZodMiniObject = z.ZodMiniObject,
  Query extends z.ZodMiniObject = z.ZodMiniObject,
  Body extends z.ZodMiniType = z.ZodMiniType,
> {
  /** Of its file in `handlers`, in `serverless.yml`, in the log and as `operationId`. */
  readonly name: string;
  readonly methods: readonly ['GET' | 'POST' | 'DELETE', ...'HEAD'[]];
  /** As in `serverless.yml`; a test holds the two together. */
  readonly template: string;
  /** What the caller's token must grant; none on a public route. */
  readonly scopes: readonly Scope[];
  readonly path: Path;
  readonly query: Query;
  readonly body?: JsonBody<Body>;
  readonly takesIdempotencyKey?: boolean;
  /** Whether `If-None-Match` can bring a 304. */
  readonly isValidated: boolean;
  readonly success: Success;
  /** Beside those of every function, and of every function that needs a caller. */
  readonly problems: readonly ProblemCode[];
  readonly text: {
    readonly tag: 'Device tasks' | 'Device batches' | 'Service';
    readonly summary: string;
    readonly description: string;
    readonly query: { readonly [Name in keyof z.infer<Query>]: string };
  };
}

/** Holds an entry to its type, its schemas' own types kept. */
export function defineFunction<Path extends z.ZodMiniObject, Query extends z.ZodMiniObject, Body extends z.ZodMiniType>(
  entry: ApiFunction<Path, Query, Body>,
): ApiFunction<Path, Query, Body> {
  return entry;
}
