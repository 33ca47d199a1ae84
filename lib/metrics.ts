/** Every metric of this service and its CloudWatch unit. Dimensions are `service`, `stage`, `route` and `api` alone. */
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
  StoreUnavailable: 'Count',
  QueueUnavailable: 'Count',
  CacheFault: 'Count',
  BatchFault: 'Count',
  InconsistentResults: 'Count',
  StoredMismatch: 'Count',
  KmsFailure: 'Count',
  DevicesCreated: 'Count',
  DevicesFailed: 'Count',
  DevicesUnknown: 'Count',
  PartsWaiting: 'Count',
  OldestBatchAge: 'Seconds',
} as const;

export type MetricName = keyof typeof UNITS;
export const metricNames = Object.keys(UNITS) as readonly MetricName[]; // its own keys
export type Metrics = Readonly<Partial<Record<MetricName, number>>>;

const NAMESPACE = 'IotcloudRest';

// CloudWatch aggregates over a set of dimensions only if the document lists that set.
const BY_STAGE = ['service', 'stage'];
const BY_ROUTE = [...BY_STAGE, 'route'];
const BY_API = [...BY_STAGE, 'api'];

/** What says how the vendor does: these are told apart by the API that is called, too. */
export const vendorMetricNames: ReadonlySet<MetricName> = new Set<MetricName>([
  'VendorLatency',
  'VendorCalls',
  'VendorAuthFailed',
  'VendorUnavailable',
  'VendorTimeout',
  'VendorRateLimited',
  'VendorMalformed',
  'VendorError',
  'BreakerOpen',
  'CreationUnknown',
]);

/** What of the dimensions a log line has. */
interface LineDimensions {
  readonly route?: unknown;
  readonly api?: unknown;
}

function toDirective(names: readonly MetricName[], dimensions: readonly (readonly string[])[]) {
  return { Namespace: NAMESPACE, Dimensions: dimensions, Metrics: names.map((Name) => ({ Name, Unit: UNITS[Name] })) };
}

/**
 * The members that make a log line an EMF document: CloudWatch reads the metrics out of the log, no call is
 * made. A metric that is 0 is left out, and none of them all is no document: whatever looks at one takes missing data
 * for 0. @param nowMs Unix milliseconds
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function toEmf(metrics: Metrics, { route, api }: LineDimensions, nowMs: number): Readonly<Record<string, unknown>> {
  const told = Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== 0));
  const names = Object.keys(told) as MetricName[]; // keys of the parameter's own type
  if (names.length === 0) return {};
  const shared = route === undefined ? [BY_STAGE] : [BY_STAGE, BY_ROUTE];
  const isOfVendor = (name: MetricName) => api !== undefined && vendorMetricNames.has(name);
  const [own, vendors] = [names.filter((name) => !isOfVendor(name)), names.filter(isOfVendor)];
  const directives = [
    ...(own.length === 0 ? [] : [toDirective(own, shared)]),
    ...(vendors.length === 0 ? [] : [toDirective(vendors, [...shared, BY_API])]),
  ];
  return { _aws: { Timestamp: nowMs, CloudWatchMetrics: directives }, ...told };
}
