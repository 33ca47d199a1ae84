import type { Tally } from '../deviceTasks/requestScope.ts';
import { problemKindOf, type ProblemCode } from '../errors.ts';
import type { MetricName, Metrics } from '../metrics.ts';

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

const count = (name: MetricName, isCounted: boolean): Metrics => (isCounted ? { [name]: 1 } : {});

/** The metrics of one request; what did not happen is left out, but for errors, whose zeros make a rate. */
export function measureExchange({ tally, status, durationMs, coldStart, fault }: MeasuredExchange): Metrics {
  const { cache, vendorCalls, vendorMs, credentialsRead } = tally;
  const metric = fault.code === undefined ? undefined : problemKindOf(fault.code).metric;
  return {
    Duration: durationMs,
    Errors: status >= 500 ? 1 : 0,
    VendorCalls: vendorCalls,
    ...(vendorCalls === 0 ? {} : { VendorLatency: vendorMs / vendorCalls }),
    ...(cache === undefined ? {} : { [BY_CACHE[cache.kind]]: 1 }),
    ...(credentialsRead === undefined ? {} : { CredentialsRead: credentialsRead }),
    ...(metric === undefined ? {} : { [metric]: 1 }),
    ...count('BreakerOpen', fault.cause === 'breaker-open'),
    ...count('ColdStart', coldStart),
  };
}
