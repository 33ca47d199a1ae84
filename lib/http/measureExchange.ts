import type { Tally } from '../deviceTasks/requestScope.ts';
import type { ProblemCode } from '../errors.ts';
import type { LogFields } from '../logger.ts';
import type { MetricName, Metrics } from '../metrics.ts';

/** What is known of a request when it is answered. */
export interface MeasuredExchange {
  readonly tally: Tally;
  readonly status: number;
  readonly durationMs: number;
  readonly coldStart: boolean;
  /** The problem's code and cause, where it is one. */
  readonly fault: LogFields;
}

/** Every fault that is not the caller's, by its code; a test holds that none is missing. */
const BY_CODE: Partial<Record<ProblemCode, MetricName>> = {
  'upstream-auth-failed': 'VendorAuthFailed',
  'upstream-unavailable': 'VendorUnavailable',
  'upstream-timeout': 'VendorTimeout',
  'upstream-rate-limited': 'VendorRateLimited',
  'upstream-malformed': 'VendorMalformed',
  'upstream-error': 'VendorError',
  'task-creation-unknown': 'CreationUnknown',
  'idempotency-unavailable': 'IdempotencyUnavailable',
  'internal-error': 'InternalError',
};

const BY_CACHE = { hit: 'CacheHit', miss: 'CacheMiss', bypass: 'CacheBypass' } as const;

const count = (name: MetricName, isCounted: boolean): Metrics => (isCounted ? { [name]: 1 } : {});

function codeMetric({ code }: LogFields): Metrics {
  const name = Object.entries(BY_CODE).find(([known]) => known === code)?.[1];
  return name === undefined ? {} : { [name]: 1 };
}

/** The metrics of one request; what did not happen is left out, but for errors, whose zeros make a rate. */
export function measureExchange({ tally, status, durationMs, coldStart, fault }: MeasuredExchange): Metrics {
  const { cache, vendorCalls, vendorMs, credentialsRead } = tally;
  return {
    Duration: durationMs,
    Errors: status >= 500 ? 1 : 0,
    VendorCalls: vendorCalls,
    ...(vendorCalls === 0 ? {} : { VendorLatency: vendorMs / vendorCalls }),
    ...(cache === undefined ? {} : { [BY_CACHE[cache.kind]]: 1 }),
    ...(credentialsRead === undefined ? {} : { CredentialsRead: credentialsRead }),
    ...codeMetric(fault),
    ...count('BreakerOpen', fault.cause === 'breaker-open'),
    ...count('ColdStart', coldStart),
  };
}
