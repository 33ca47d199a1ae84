/** Every metric of this service and its CloudWatch unit. Dimensions are `service`, `stage` and `route` alone. */
const UNITS = {
  Duration: 'Milliseconds',
  VendorLatency: 'Milliseconds',
  VendorCalls: 'Count',
  CacheHit: 'Count',
  CacheMiss: 'Count',
  CacheBypass: 'Count',
  CredentialsRead: 'Count',
  ColdStart: 'Count',
  Errors: 'Count',
  InternalError: 'Count',
  VendorAuthFailed: 'Count',
  VendorUnavailable: 'Count',
  VendorTimeout: 'Count',
  VendorRateLimited: 'Count',
  VendorMalformed: 'Count',
  VendorError: 'Count',
  BreakerOpen: 'Count',
  CreationUnknown: 'Count',
  IdempotencyUnavailable: 'Count',
  CacheFault: 'Count',
  StoredMismatch: 'Count',
  InconsistentResults: 'Count',
  KmsFailure: 'Count',
} as const;

export type MetricName = keyof typeof UNITS;
export type Metrics = Readonly<Partial<Record<MetricName, number>>>;

const NAMESPACE = 'IotcloudRest';

// CloudWatch aggregates over a set of dimensions only if the document lists that set.
const BY_STAGE = ['service', 'stage'];
const BY_ROUTE = [...BY_STAGE, 'route'];

/**
 * The members that make a log line an EMF document: CloudWatch reads the metrics out of the log, no call is
 * made. @param nowMs Unix milliseconds
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function toEmf(metrics: Metrics, hasRoute: boolean, nowMs: number): Readonly<Record<string, unknown>> {
  const names = Object.keys(metrics) as MetricName[]; // keys of the parameter's own type
  if (names.length === 0) return {};
  const directive = {
    Namespace: NAMESPACE,
    Dimensions: hasRoute ? [BY_STAGE, BY_ROUTE] : [BY_STAGE],
    Metrics: names.map((Name) => ({ Name, Unit: UNITS[Name] })),
  };
  return { _aws: { Timestamp: nowMs, CloudWatchMetrics: [directive] }, ...metrics };
}
