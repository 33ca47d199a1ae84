import { Ajv } from 'ajv';

// The units CloudWatch knows (API reference, MetricDatum).
const BYTES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes'];
const BITS = ['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'];
const SIZES = [...BYTES, ...BITS];
const UNITS = ['Seconds', 'Microseconds', 'Milliseconds', ...SIZES, 'Percent', 'Count', ...SIZES.map((size) => `${size}/Second`), 'Count/Second', 'None'];

/**
 * The specification's own schema, with what its prose adds: no other members, at most 100 metrics.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const directive = {
  type: 'object',
  required: ['Namespace', 'Dimensions', 'Metrics'],
  additionalProperties: false,
  properties: {
    Namespace: { type: 'string', minLength: 1, maxLength: 255, pattern: '^(?!AWS/)[\\w./#: -]+$' },
    Dimensions: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      // CloudWatch takes 30 dimensions; 9 is what it took when the format was new, and more than enough.
      items: { type: 'array', minItems: 1, maxItems: 9, uniqueItems: true, items: { type: 'string', minLength: 1, maxLength: 250, pattern: '^[!-9;-~][!-~]*$' } },
    },
    Metrics: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        required: ['Name', 'Unit'],
        additionalProperties: false,
        properties: {
          Name: { type: 'string', minLength: 1, maxLength: 255 },
          Unit: { enum: UNITS },
          StorageResolution: { enum: [1, 60] },
        },
      },
    },
  },
};

const schema = {
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      additionalProperties: false,
      properties: {
        Timestamp: { type: 'integer' },
        CloudWatchMetrics: { type: 'array', minItems: 1, items: directive },
      },
    },
  },
};

interface EmfDocument {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly { readonly Dimensions: readonly (readonly string[])[]; readonly Metrics: readonly { readonly Name: string }[] }[];
  };
  readonly [member: string]: unknown;
}

const ajv = new Ajv({ allErrors: true });
const isEmf = ajv.compile<EmfDocument>(schema);

const HOUR_MS = 3_600_000;
const MAX_AGE_MS = 14 * 24 * HOUR_MS;
const MAX_LEAD_MS = 2 * HOUR_MS;
const MAX_EVENT_BYTES = 256 * 1024;
const DIMENSION_VALUE = /^(?=.*\S)[\x20-\x7e]{1,1024}$/;
// Every set of values is a metric of its own, and billed as one.
const FEW_VALUED = ['service', 'stage', 'route', 'api'];

/** Every dimension and metric a directive names, looked up at the document's root. */
function findRootFaults(document: EmfDocument): string[] {
  const directives = document._aws.CloudWatchMetrics;
  const dimensions = [...new Set(directives.flatMap(({ Dimensions }) => Dimensions.flat()))];
  const metrics = directives.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
  const isText = (name: string) => typeof document[name] === 'string' && DIMENSION_VALUE.test(document[name]);
  return [
    ...dimensions.filter((name) => !isText(name)).map((name) => `dimension ${name} is no text of the root`),
    ...dimensions.filter((name) => !FEW_VALUED.includes(name)).map((name) => `dimension ${name} may have many values`),
    ...metrics.filter((name) => !Number.isFinite(document[name])).map((name) => `metric ${name} is no number of the root`),
    ...metrics.filter((name, index) => metrics.indexOf(name) !== index).map((name) => `metric ${name} is named twice`),
  ];
}

/**
 * What keeps CloudWatch from reading the metrics of a log line, or makes them dear; empty where nothing does.
 * @param nowMs Unix milliseconds at which the line is taken in
 */
export function findEmfFaults(line: string, nowMs: number): string[] {
  const document: unknown = JSON.parse(line);
  if (!isEmf(document)) return [ajv.errorsText(isEmf.errors)];
  const ageMs = nowMs - document._aws.Timestamp;
  return [
    ...findRootFaults(document),
    ...(ageMs > MAX_AGE_MS || ageMs < -MAX_LEAD_MS ? ['the timestamp is not of this time, in milliseconds'] : []),
    ...(Buffer.byteLength(line) > MAX_EVENT_BYTES ? ['the line is too long'] : []),
  ];
}
