// The stage on one page. Its references are CloudFormation's: the body is one `Fn::Sub`.
const { logicalName, namesOf, reaching } = require('./functions.cjs');

const right = { yAxis: 'right' };
// A move from one to the other shows as one line that ends and one that begins.
const VENDOR_APIS = ['v2', '2018-06-14'];

const ours = (name, options) => ['IotcloudRest', name, 'service', 'iotcloud-rest', 'stage', '${sls:stage}', ...(options ? [options] : [])];
const ofVendorApi = (api, name, label, options) => ['IotcloudRest', name, 'service', 'iotcloud-rest', 'stage', '${sls:stage}', 'api', api, { label: `${label}, ${api}`, ...options }];
const ofApi = (name, options) => ['AWS/ApiGateway', name, 'ApiId', '${HttpApi}', ...(options ? [options] : [])];
const ofTable = (name) => ['AWS/DynamoDB', name, 'TableName', '${TaskTable}'];
const ofQueue = (queue, name, options) => ['AWS/SQS', name, 'QueueName', `\${${queue}.QueueName}`, ...(options ? [options] : [])];
const ofFunction = (name, metric, options) => ['AWS/Lambda', metric, 'FunctionName', `\${${logicalName(name)}LambdaFunction}`, options];

const chart = (title, metrics, options = {}) => ({ title, view: 'timeSeries', stat: 'Sum', period: 300, metrics, ...options });

/** Three widgets a row, in their order. */
const charts = (names) => [
  chart('Requests and refusals', [ofApi('Count'), ofApi('4xx'), ofApi('5xx', { color: '#d62728' })]),
  chart('Latency, ms', ['p50', 'p90', 'p99'].map((stat) => ofApi('Latency', { stat, label: stat }))),
  chart('Cache', [
    ours('CacheHit', { id: 'hit' }),
    ours('CacheMiss', { id: 'miss' }),
    ours('CacheBypass', { id: 'bypass' }),
    [{ expression: '100 * FILL(hit, 0) / (FILL(hit, 0) + FILL(miss, 0) + FILL(bypass, 0))', label: 'hits, %', id: 'ratio', ...right }],
  ]),
  chart('Vendor: calls and latency, ms, by the API that is called (configured: ${param:vendorApi})', [
    ...VENDOR_APIS.map((api) => ofVendorApi(api, 'VendorCalls', 'calls')),
    ...VENDOR_APIS.flatMap((api) => ['p50', 'p99'].map((stat) => ofVendorApi(api, 'VendorLatency', stat, { stat, ...right }))),
  ]),
  chart(
    'Vendor: what went wrong',
    [
      ours('VendorAuthFailed'),
      ours('VendorUnavailable'),
      ours('VendorTimeout'),
      ours('VendorRateLimited'),
      ours('VendorMalformed'),
      ours('VendorError'),
      ours('InconsistentResults'),
      ours('CreationUnknown'),
      ours('BreakerOpen'),
    ],
    { stacked: true },
  ),
  chart('Ours: what went wrong', [
    ours('Errors'),
    ours('InternalError'),
    ours('KmsFailure'),
    ours('CacheFault'),
    ours('BatchFault'),
    ours('StoredMismatch'),
    ours('IdempotencyUnavailable'),
    ours('StoreUnavailable'),
    ours('QueueUnavailable'),
  ]),
  chart(
    'Device secrets read in an hour, and the band of what is usual',
    [ours('CredentialsRead', { id: 'read' }), [{ expression: 'ANOMALY_DETECTION_BAND(read, 3)', label: 'usual', id: 'band' }]],
    { period: 3600 },
  ),
  chart('Functions: duration p99 (ms) and cold starts', [ours('Duration', { stat: 'p99' }), ours('ColdStart', right)]),
  chart('Functions: concurrency and throttles', [
    ...reaching(names).map((name) => ofFunction(name, 'ConcurrentExecutions', { stat: 'Maximum' })),
    ...reaching(names).map((name) => ofFunction(name, 'Throttles', right)),
  ]),
  chart('Batches: devices', [ours('DevicesCreated'), ours('DevicesFailed'), ours('DevicesUnknown', { color: '#d62728' })]),
  chart('Batches: parts that wait, and age of the oldest batch (s)', [ours('PartsWaiting', { stat: 'Maximum' }), ours('OldestBatchAge', { stat: 'Maximum', ...right })]),
  chart('Queue: messages and dead letters', [
    ofQueue('BatchQueue', 'NumberOfMessagesSent'),
    ofQueue('BatchQueue', 'NumberOfMessagesDeleted'),
    ofQueue('BatchQueue', 'ApproximateNumberOfMessagesVisible', { stat: 'Maximum' }),
    ofQueue('BatchDeadLetterQueue', 'ApproximateNumberOfMessagesVisible', { stat: 'Maximum', color: '#d62728' }),
  ]),
  chart('Table: units consumed', [ofTable('ConsumedReadCapacityUnits'), ofTable('ConsumedWriteCapacityUnits')]),
  chart('Table: throttles', [ofTable('ReadThrottleEvents'), ofTable('WriteThrottleEvents')]),
];

const faultsQuery = (names) =>
  [
    ...reaching(names).map((name) => `SOURCE '\${${logicalName(name)}LogGroup}'`),
    'fields @timestamp, event, route, status, code, cause, errorName, requestId',
    "filter status >= 500 or level in ['WARN', 'ERROR']",
    'sort @timestamp desc',
    'limit 20',
  ].join(' | ');

const FIRST_ROW_Y = 3;
const WIDGET = { width: 8, height: 6 };

const placed = (index, type, properties) => ({
  type,
  x: (index % 3) * WIDGET.width,
  y: FIRST_ROW_Y + Math.floor(index / 3) * WIDGET.height,
  ...WIDGET,
  properties: { region: '${AWS::Region}', ...properties },
});

const body = (names, alarmIds) => {
  const shown = charts(names);
  return {
    widgets: [
      { type: 'alarm', x: 0, y: 0, width: 24, height: FIRST_ROW_Y, properties: { title: 'Alarms', alarms: alarmIds.map((id) => `\${${id}.Arn}`) } },
      ...shown.map((properties, index) => placed(index, 'metric', properties)),
      placed(shown.length, 'log', { title: 'Latest faults', view: 'table', query: faultsQuery(names) }),
    ],
  };
};

module.exports = async (framework) => {
  const alarmIds = await framework.resolveVariable('file(infrastructure/alarms.cjs):logicalIds');
  const DashboardBody = { 'Fn::Sub': JSON.stringify(body(await namesOf(framework), alarmIds), null, 1) };
  return {
    Resources: {
      Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: 'iotcloud-rest-${sls:stage}', DashboardBody } },
    },
  };
};
