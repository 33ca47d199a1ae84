// What wakes somebody. Each alarm has its entry, by its name, in docs/operations.md.
const { logicalName, namesOf, reaching } = require('./functions.cjs');

const ofService = [
  { Name: 'service', Value: 'iotcloud-rest' },
  { Name: 'stage', Value: '${sls:stage}' },
];
const ofApi = [{ Name: 'ApiId', Value: { Ref: 'HttpApi' } }];
const ofTable = [{ Name: 'TableName', Value: { Ref: 'TaskTable' } }];
const ofDeadLetters = [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['BatchDeadLetterQueue', 'QueueName'] } }];
const ofFunction = (name) => [{ Name: 'FunctionName', Value: { Ref: `${logicalName(name)}LambdaFunction` } }];

const sumOf = (Period, Namespace, MetricName, Dimensions) => ({ Stat: 'Sum', Period, Metric: { Namespace, MetricName, Dimensions } });
const counted = (period, metric) => sumOf(period, 'IotcloudRest', metric, ofService);

/** One number out of several metrics, by id. */
const computed = (id, label, expression, inputs) => [
  { Id: id, Label: label, Expression: expression },
  ...Object.entries(inputs).map(([Id, MetricStat]) => ({ Id, ReturnData: false, MetricStat })),
];

/** The sum of a metric that the functions write (lib/metrics.ts). */
const total = (MetricName, Period) => ({ Namespace: 'IotcloudRest', MetricName, Dimensions: ofService, Statistic: 'Sum', Period });

const perFunction = (names, period, metric) =>
  Object.fromEntries(names.map((name) => [name, sumOf(period, 'AWS/Lambda', metric, ofFunction(name))]));

/** An alarm by name: what it says, what it looks at, and how much of it, in how many periods of how many, is too much. */
const alarms = (names) => ({
  'vendor-key-refused': ['The vendor refuses our key pair; every cold read and creation fails.', total('VendorAuthFailed', 60), 1],
  'vendor-down': [
    'The vendor cannot be reached, is too slow or answers nonsense; stored results are still served.',
    {
      Metrics: computed('failures', 'failed answers', 'FILL(unavailable, 0) + FILL(timeouts, 0) + FILL(malformed, 0)', {
        unavailable: counted(60, 'VendorUnavailable'),
        timeouts: counted(60, 'VendorTimeout'),
        malformed: counted(60, 'VendorMalformed'),
      }),
    },
    3,
    { in: 3, of: 5 },
  ],
  'vendor-rate-limited': ["The vendor's quota is spent.", total('VendorRateLimited', 300), 10, { in: 2, of: 3 }],
  'inconsistent-results': ['The vendor tells results that contradict themselves or the creation; they are served, and not stored.', total('InconsistentResults', 300), 1],
  'internal-error': ['A fault of our own was answered with 500.', total('InternalError', 300), 1],
  'kms-failure': ['Stored credentials cannot be wrapped or opened; they are fetched from the vendor instead.', total('KmsFailure', 300), 1, { in: 2, of: 3 }],
  'cache-fault': ['The table is out of reach or holds what cannot be read; reads go to the vendor, lists are answered 503.', total('CacheFault', 300), 5, { in: 2, of: 3 }],
  'stored-mismatch': ['A stored result was changed by somebody else than the functions.', total('StoredMismatch', 300), 1],
  'credentials-read-unusual': [
    'More device secrets left in an hour than this stage expects.',
    { ...total('CredentialsRead', 3600), ComparisonOperator: 'GreaterThanThreshold' },
    '${param:credentialsPerHour}',
  ],
  'server-error-rate': [
    'More than 5 % of at least 20 requests in five minutes were answered with 5xx.',
    {
      Metrics: computed('rate', '% of answers', 'IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)', {
        errors: sumOf(300, 'AWS/ApiGateway', '5xx', ofApi),
        requests: sumOf(300, 'AWS/ApiGateway', 'Count', ofApi),
      }),
      ComparisonOperator: 'GreaterThanThreshold',
    },
    5,
    { in: 2, of: 3 },
  ],
  'latency-p99': [
    'One request in a hundred takes more than 5 s.',
    {
      Namespace: 'AWS/ApiGateway',
      MetricName: 'Latency',
      Dimensions: ofApi,
      ExtendedStatistic: 'p99',
      EvaluateLowSampleCountPercentile: 'ignore',
      Period: 300,
      ComparisonOperator: 'GreaterThanThreshold',
    },
    5000,
    { in: 3, of: 3 },
  ],
  'function-errors': [
    'A function crashed, ran out of memory or out of time.',
    { Metrics: computed('errors', 'errors', 'SUM(METRICS())', perFunction(names, 300, 'Errors')) },
    1,
  ],
  'function-throttles': [
    'Lambda refuses to run our functions, for want of concurrency.',
    { Metrics: computed('throttles', 'throttles', 'SUM(METRICS())', perFunction(reaching(names), 60, 'Throttles')) },
    1,
    { in: 2, of: 5 },
  ],
  'batch-dead-letters': [
    'A step of a batch failed ten times; the sweep goes on with its part, but the cause stays.',
    { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Dimensions: ofDeadLetters, Statistic: 'Maximum', Period: 300 },
    1,
  ],
  'batch-old': [
    'A batch of devices is not completed for longer than this stage expects.',
    { Namespace: 'IotcloudRest', MetricName: 'OldestBatchAge', Dimensions: ofService, Statistic: 'Maximum', Period: 300, ComparisonOperator: 'GreaterThanThreshold' },
    '${param:oldestBatchS}',
    { in: 2, of: 3 },
  ],
  'batch-fault': [
    'Table or queue are out of reach of batches: they are refused, cannot be read, or wait.',
    total('BatchFault', 300),
    5,
    { in: 2, of: 3 },
  ],
  'table-throttles': [
    'DynamoDB throttles the table.',
    {
      Metrics: computed('throttles', 'throttles', 'FILL(reads, 0) + FILL(writes, 0)', {
        reads: sumOf(60, 'AWS/DynamoDB', 'ReadThrottleEvents', ofTable),
        writes: sumOf(60, 'AWS/DynamoDB', 'WriteThrottleEvents', ofTable),
      }),
    },
    5,
    { in: 2, of: 5 },
  ],
});

const alarm = (name, [text, watched, Threshold, periods = { in: 1, of: 1 }]) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `iotcloud-rest-\${sls:stage}-${name}`,
    AlarmDescription: `${text} docs/operations.md, "${name}"`,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    ...watched,
    Threshold,
    EvaluationPeriods: periods.of,
    ...(periods.in === periods.of ? {} : { DatapointsToAlarm: periods.in }),
    TreatMissingData: 'notBreaching',
    AlarmActions: ['${param:alarmTopicArn}'],
    OKActions: ['${param:alarmTopicArn}'],
  },
});

const logicalId = (name) => `${name.split('-').map(logicalName).join('')}Alarm`;

module.exports = async (framework) => {
  const all = Object.entries(alarms(await namesOf(framework)));
  return {
    stack: { Resources: Object.fromEntries(all.map(([name, rule]) => [logicalId(name), alarm(name, rule)])) },
    logicalIds: all.map(([name]) => logicalId(name)),
  };
};
