import type { Tally } from '../deviceTasks/requestContext.ts';
import { problemKindOf, type ProblemCode } from '../errors.ts';
import type { Metrics } from '../metrics.ts';

/** What is known of a request when it is answered. */
export interface MeasuredExchange {
  readonly tally: Tally;
  readonly status: number;
  readonly durationMs: number;
  readonly coldStart: boolean;
  /** The problem's code and cause, if it is one. */
  readonly fault: { readonly code?: ProblemCode; readonly cause?: string };
}

const BY_CACHE = { hit: 'CacheHit', miss: 'CacheMiss', bypass: 'CacheBypass' } as const;

/** The metrics of one request; many of them are 0. */
export function measureExchange({ tally, status, durationMs, coldStart, fault }: MeasuredExchange): Metrics {
  const { cache, vendorCalls, vendorMs, credentialsRead = 0 } = tally;
  const metric = fault.code === undefined ? undefined : problemKindOf(fault.code).metric;
  return {
    Duration: durationMs,
    Errors: Number(status >= 500),
    VendorCalls: vendorCalls,
    VendorLatency: vendorCalls === 0 ? 0 : vendorMs / vendorCalls,
    CredentialsRead: credentialsRead,
    BreakerOpen: Number(fault.cause === 'breaker-open'),
    ColdStart: Number(coldStart),
    ...(cache === undefined ? {} : { [BY_CACHE[cache.kind]]: 1 }),
    ...(metric === undefined ? {} : { [metric]: 1 }),
  };
}
