import type * as z from 'zod/mini';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import type { ApiFunction } from '../functions/apiFunction.ts';
import type { Caller } from './caller.ts';
import type { HttpRequest } from './httpRequest.ts';
import { joinTrace, type TraceContext } from './traceContext.ts';

/** One request on its way through a handler: what was sent, who sent it, what was parsed, what it cost. */
export interface Exchange<Path = unknown, Query = unknown, Body = unknown> {
  readonly request: HttpRequest;
  readonly functionName: string;
  readonly trace: TraceContext;
  readonly startedAtMs: number;
  readonly context: RequestContext;
  /** Unix milliseconds; the platform has ended this invocation by then. */
  readonly endsAtMs: number;
  /** What stands before the route's own path: a stage or what a custom domain maps, safe in a URI. */
  readonly basePath: string;
  /** Parameters of the path, percent-decoded and checked. */
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** Of a public route: `undefined`. */
  readonly caller: Caller | undefined;
}

/** The exchange of a function, its input as the function's schemas have it. */
export type ExchangeOf<Fn extends ApiFunction> =
  Fn extends ApiFunction<infer Path, infer Query, infer Body> ? Exchange<z.infer<Path>, z.infer<Query>, z.infer<Body>> : never;

// One read of the vendor ends within this (docs/api-contract.md, "Reads under faults").
const READ_TIME_MS = 8000;

// What is left of the invocation when the vendor's time is over: enough for an error answer and its log line.
const ANSWER_TIME_MS = 500;

/** What the steps of a piece of work share. @param remainingMs until the platform ends it @param nowMs Unix milliseconds */
export function openContext(remainingMs: number, nowMs: number): RequestContext {
  const vendorTimeMs = Math.max(0, Math.min(READ_TIME_MS, remainingMs - ANSWER_TIME_MS));
  return { deadlineMs: nowMs + vendorTimeMs, tally: { vendorCalls: 0, vendorMs: 0 } };
}

/** Opens the exchange of a request that just arrived. @param nowMs Unix milliseconds */
export function openExchange(request: HttpRequest, functionName: string, nowMs: number): Exchange {
  return {
    request,
    functionName,
    trace: joinTrace(request.headers.get('traceparent')),
    startedAtMs: nowMs,
    endsAtMs: nowMs + request.remainingMs,
    context: openContext(request.remainingMs, nowMs),
    basePath: '',
    path: undefined,
    query: undefined,
    body: undefined,
    caller: undefined,
  };
}
