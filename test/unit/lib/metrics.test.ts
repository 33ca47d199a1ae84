import { describe, expect, it } from 'vitest';
import { problemCodes } from '../../../lib/errors.ts';
import { problemKinds } from '../../../lib/problemKinds.ts';
import { measureExchange, type MeasuredExchange } from '../../../lib/http/measureExchange.ts';
import { toEmf } from '../../../lib/metrics.ts';
import { findEmfFaults } from '../../support/emfRules.ts';

const quiet: MeasuredExchange = {
  tally: { vendorCalls: 0, vendorMs: 0 },
  status: 200,
  durationMs: 3,
  coldStart: false,
  fault: {},
};

const countedIn = (exchange: MeasuredExchange) => {
  const { _aws: _directives, ...counted } = toEmf(measureExchange(exchange), {}, 0);
  return counted;
};

describe('measureExchange', () => {
  it('counts what happened, and nothing that did not', () => {
    expect(countedIn(quiet)).toEqual({ Duration: 3 });
    const tally = { vendorCalls: 2, vendorMs: 50, cache: { kind: 'miss', stored: true }, credentialsRead: 7 } as const;
    expect(countedIn({ ...quiet, tally, coldStart: true })).toEqual({
      Duration: 3,
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
    ['upstream-error', 502, 'VendorError'],
    ['task-creation-unknown', 504, 'CreationUnknown'],
    ['idempotency-unavailable', 503, 'IdempotencyUnavailable'],
    ['store-unavailable', 503, 'StoreUnavailable'],
    ['internal-error', 500, 'InternalError'],
  ] as const)('counts %s by name', (code, status, name) => {
    expect(measureExchange({ ...quiet, status, fault: { code } })).toMatchObject({ Errors: 1, [name]: 1 });
  });

  it("counts every code that is no client's error by a name of its own", () => {
    const codes = problemCodes.filter((code) => problemKinds[code].status >= 500);
    const names = codes.map((code) => Object.keys(countedIn({ ...quiet, status: 500, fault: { code } })).filter((name) => !['Duration', 'Errors'].includes(name)));
    expect(names.filter((own) => own.length !== 1)).toEqual([]);
    expect(new Set(names.flat()).size).toBe(codes.length);
  });

  it('counts reads the breaker kept from the vendor', () => {
    const fault = { code: 'upstream-unavailable', cause: 'breaker-open' } as const;
    expect(measureExchange({ ...quiet, status: 503, fault })).toMatchObject({ VendorUnavailable: 1, BreakerOpen: 1 });
  });

  it("counts a client's error as none of ours", () => {
    expect(measureExchange({ ...quiet, status: 404, fault: { code: 'task-not-found' } })).toEqual(measureExchange(quiet));
  });
});

describe('toEmf', () => {
  it('follows the specification: one directive, every metric a number at the root, few dimensions', () => {
    const document = toEmf({ Duration: 3, CacheHit: 1 }, { route: 'getHealth', api: 'v2' }, 1_795_490_234_000);
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

  it("tells the vendor's metrics apart by the API that is called, and no other", () => {
    const metrics = { Duration: 3, VendorCalls: 2, CreationUnknown: 1 };
    const of = (line: object) => toEmf(metrics, line, 0)['_aws'];
    const [byStage, byRoute, byApi] = [['service', 'stage'], ['service', 'stage', 'route'], ['service', 'stage', 'api']];
    expect(of({ route: 'getHealth', api: '2018-06-14' })).toMatchObject({
      CloudWatchMetrics: [
        { Dimensions: [byStage, byRoute], Metrics: [{ Name: 'Duration' }] },
        { Dimensions: [byStage, byRoute, byApi], Metrics: [{ Name: 'VendorCalls' }, { Name: 'CreationUnknown' }] },
      ],
    });
    expect(of({})).toMatchObject({ CloudWatchMetrics: [{ Dimensions: [byStage], Metrics: [{}, {}, {}] }] });
  });

  it('names no dimension that the line does not have, and is nothing without a metric', () => {
    expect(toEmf({ CacheFault: 1 }, {}, 0)).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'stage']] }] },
    });
    for (const none of [{}, { Errors: 0, VendorCalls: 0 }]) expect(toEmf(none, { route: 'getHealth' }, 0)).toEqual({});
  });

  it('leaves out what is 0, by name and by value', () => {
    expect(toEmf({ Duration: 3, Errors: 0, VendorCalls: 0 }, { api: 'v2' }, 0)).toEqual(toEmf({ Duration: 3 }, { api: 'v2' }, 0));
  });
});

describe('the EMF rules', () => {
  const nowMs = 1_795_490_234_000;
  const emf = toEmf({ Duration: 3, CacheHit: 1 }, { route: 'getHealth' }, nowMs);
  const { CloudWatchMetrics } = emf['_aws'] as { CloudWatchMetrics: object[] }; // of the format
  const good = { service: 'iotcloud-rest', stage: 'test', route: 'getHealth', ...emf };
  const timed = (Timestamp: number) => ({ ...good, _aws: { Timestamp, CloudWatchMetrics } });
  const directed = (change: object) => ({ ...good, _aws: { Timestamp: nowMs, CloudWatchMetrics: [{ ...CloudWatchMetrics[0], ...change }] } });
  const named = (count: number) => Array.from({ length: count }, (_, index) => `d${index}`);

  it('are kept by what lib/metrics.ts makes', () => {
    expect(findEmfFaults(JSON.stringify(good), nowMs)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['no metadata', { Duration: 3 }, "must have required property '_aws'"],
    ['seconds for milliseconds', timed(nowMs / 1000), 'timestamp'],
    ['a time to come', timed(nowMs + 3 * 3_600_000), 'timestamp'],
    ['a unit there is not', directed({ Metrics: [{ Name: 'Duration', Unit: 'ms' }] }), 'Unit must be equal'],
    ['no unit', directed({ Metrics: [{ Name: 'Duration' }] }), "required property 'Unit'"],
    ['an unknown member', directed({ Extra: 1 }), 'additional properties'],
    ["AWS's own namespace", directed({ Namespace: 'AWS/Lambda' }), 'Namespace must match'],
    ['no dimension set', directed({ Dimensions: [] }), 'fewer than 1'],
    ['an empty dimension set', directed({ Dimensions: [[]] }), 'fewer than 1'],
    ['ten dimensions', directed({ Dimensions: [named(10)] }), 'more than 9'],
    ['a hundred and one metrics', directed({ Metrics: named(101).map((Name) => ({ Name, Unit: 'Count' })) }), 'more than 100'],
    ['a dimension that is missing', { ...good, route: undefined }, 'dimension route is no text'],
    ['a dimension that is a number', { ...good, stage: 1 }, 'dimension stage is no text'],
    ['a dimension of many values', { ...directed({ Dimensions: [['requestId']] }), requestId: 'r' }, 'dimension requestId may have many values'],
    ['a metric that is missing', { ...good, Duration: undefined }, 'metric Duration is no number'],
    ['a metric that is a text', { ...good, Duration: '3' }, 'metric Duration is no number'],
    ['a metric that is NaN', { ...good, Duration: Number.NaN }, 'metric Duration is no number'],
    ['a metric named twice', directed({ Metrics: [1, 2].map(() => ({ Name: 'Duration', Unit: 'Milliseconds' })) }), 'named twice'],
    ['a line too long', { ...good, more: 'x'.repeat(256 * 1024) }, 'too long'],
  ])('are broken by %s', (_what, document, fault) => {
    expect(findEmfFaults(JSON.stringify(document), nowMs).join()).toContain(fault);
  });
});
