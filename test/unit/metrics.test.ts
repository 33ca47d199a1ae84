import { describe, expect, it } from 'vitest';
import { measureExchange, type MeasuredExchange } from '../../lib/http/measureExchange.ts';
import { toEmf } from '../../lib/metrics.ts';

const quiet: MeasuredExchange = {
  tally: { vendorCalls: 0, vendorMs: 0 },
  status: 200,
  durationMs: 3,
  coldStart: false,
  fault: {},
};

describe('measureExchange', () => {
  it('counts what happened and leaves out what did not', () => {
    expect(measureExchange(quiet)).toEqual({ Duration: 3, Errors: 0, VendorCalls: 0 });
    const tally = { vendorCalls: 2, vendorMs: 50, cache: { kind: 'miss', stored: true }, credentialsRead: 7 } as const;
    expect(measureExchange({ ...quiet, tally, coldStart: true })).toEqual({
      Duration: 3,
      Errors: 0,
      VendorCalls: 2,
      VendorLatency: 25,
      CacheMiss: 1,
      CredentialsRead: 7,
      ColdStart: 1,
    });
  });

  it.each([
    ['upstream-auth-failed', 502, 'VendorAuthFailed'],
    ['upstream-unavailable', 503, 'VendorUnavailable'],
    ['upstream-timeout', 504, 'VendorTimeout'],
    ['upstream-rate-limited', 503, 'VendorRateLimited'],
    ['upstream-malformed', 502, 'VendorMalformed'],
    ['internal-error', 500, 'InternalError'],
  ])('counts %s by name', (code, status, name) => {
    expect(measureExchange({ ...quiet, status, fault: { code } })).toMatchObject({ Errors: 1, [name]: 1 });
  });

  it('counts reads the breaker kept from the vendor', () => {
    const fault = { code: 'upstream-unavailable', cause: 'breaker-open' };
    expect(measureExchange({ ...quiet, status: 503, fault })).toMatchObject({ VendorUnavailable: 1, BreakerOpen: 1 });
  });

  it("counts a client's error as none of ours", () => {
    expect(measureExchange({ ...quiet, status: 404, fault: { code: 'task-not-found' } })).toEqual(measureExchange(quiet));
  });
});

describe('toEmf', () => {
  it('follows the specification: one directive, every metric a number at the root, few dimensions', () => {
    const document = toEmf({ Duration: 3, CacheHit: 1 }, true, 1_795_490_234_000);
    expect(document).toEqual({
      _aws: {
        Timestamp: 1_795_490_234_000,
        CloudWatchMetrics: [
          {
            Namespace: 'IotcloudRest',
            Dimensions: [
              ['service', 'stage'],
              ['service', 'stage', 'route'],
            ],
            Metrics: [
              { Name: 'Duration', Unit: 'Milliseconds' },
              { Name: 'CacheHit', Unit: 'Count' },
            ],
          },
        ],
      },
      Duration: 3,
      CacheHit: 1,
    });
  });

  it('names no dimension that the line does not have, and is nothing without a metric', () => {
    expect(toEmf({ CacheFault: 1 }, false, 0)).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'stage']] }] },
    });
    expect(toEmf({}, true, 0)).toEqual({});
  });
});
