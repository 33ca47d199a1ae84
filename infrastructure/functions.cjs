// What a function may do beside writing its log, by its name in serverless.yml; one that is not named here may do
// nothing else. Roles, the key's policy, alarms and the dashboard follow from this and from that list.
const inTable = (operations) => ({
  Effect: 'Allow',
  Action: operations.map((operation) => `dynamodb:${operation}`),
  Resource: { 'Fn::GetAtt': ['TaskTable', 'Arn'] },
});

/** Of the table only the items whose partition keys begin with the stage's account and one of these kinds. */
const amongItems = (kinds, operations) => ({
  ...inTable(operations),
  Condition: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': kinds.map((kind) => `\${param:vendorAccount}#${kind}#*`) },
    // Without it a request that names no key would pass.
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
});

const onDataKeys = (operations) => ({
  Effect: 'Allow',
  Action: operations.map((operation) => `kms:${operation}`),
  Resource: { 'Fn::GetAtt': ['CredentialsKey', 'Arn'] },
  Condition: { StringEquals: { 'kms:EncryptionContext:service': 'iotcloud-rest' } },
});

const readVendorSecret = { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: '${param:vendorSecretArn}' };

// Chunks of results, and the lease of a cold read.
const readResults = [
  inTable(['GetItem', 'BatchGetItem', 'PutItem', 'BatchWriteItem', 'DeleteItem']),
  onDataKeys(['GenerateDataKey', 'Decrypt']),
  readVendorSecret,
];

const readBatchResults = [amongItems(['batch'], ['Query']), ...readResults];

const onBatchQueue = (operations) => ({
  Effect: 'Allow',
  Action: operations.map((operation) => `sqs:${operation}`),
  Resource: { 'Fn::GetAtt': ['BatchQueue', 'Arn'] },
});

/** Left out of the role if the stage names no bus. */
const tellEventBus = { Effect: 'Allow', Action: ['events:PutEvents'], Resource: '${param:eventBusArn}' };

const acceptBatches = [
  amongItems(['batch', 'openBatches', 'batchKey', 'device-batches'], ['GetItem', 'Query', 'PutItem', 'BatchWriteItem', 'DeleteItem']),
  onBatchQueue(['SendMessage']),
];

const PERMISSIONS = {
  // Idempotency records; what is noted and listed of a created task. No results, which lie in partitions of tasks.
  createDeviceTask: [
    amongItems(['idempotency'], ['GetItem', 'PutItem', 'DeleteItem']),
    amongItems(['creation', 'device-tasks'], ['BatchWriteItem']),
    readVendorSecret,
  ],
  // The list, and the headers of stored results; it writes nothing, opens no secret and calls no vendor.
  listDeviceTasks: [amongItems(['device-tasks'], ['Query']), amongItems(['task'], ['BatchGetItem'])],
  getDeviceResults: readResults,
  getTaskDevice: readResults,
  // The poll that first sees a task completed stores its results, and never opens them again.
  getDeviceTask: [
    inTable(['GetItem', 'BatchGetItem', 'PutItem', 'BatchWriteItem', 'DeleteItem']),
    onDataKeys(['GenerateDataKey']),
    readVendorSecret,
  ],
  // Parts, headers and their entries in the list, the slots of open batches, and what keys were used for; no results, no tasks.
  createDeviceBatch: acceptBatches,
  // The list, and the batches in it.
  listDeviceBatches: [amongItems(['batch', 'device-batches'], ['Query'])],
  getDeviceBatch: [amongItems(['batch'], ['Query'])],
  // Its parts say where its devices lie.
  getDeviceBatchResults: readBatchResults,
  getBatchDevice: readBatchResults,
  cancelDeviceBatch: [amongItems(['batch'], ['GetItem', 'Query', 'UpdateItem']), onBatchQueue(['SendMessage'])],
  retryDeviceBatch: acceptBatches,
  // Whatever a step of a batch does: it takes and sends messages, reads and writes parts, creates tasks and stores their
  // results. What it keeps of devices that are looked up it opens again when their part ends.
  runDeviceBatches: [
    inTable(['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'BatchWriteItem', 'DeleteItem']),
    onDataKeys(['GenerateDataKey', 'Decrypt']),
    readVendorSecret,
    onBatchQueue(['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'SendMessage']),
    tellEventBus,
  ],
  // It looks at what is open, gives back what nobody holds, and sends messages.
  sweepDeviceBatches: [amongItems(['batch', 'openBatches', 'device-batches'], ['GetItem', 'Query', 'PutItem', 'DeleteItem']), onBatchQueue(['SendMessage'])],
};

const logicalName = (name) => name[0].toUpperCase() + name.slice(1);

module.exports = {
  PERMISSIONS,
  tellEventBus,
  logicalName,
  /** @param framework what the framework hands to a file of variables */
  namesOf: async ({ resolveConfigurationProperty }) => Object.keys(await resolveConfigurationProperty(['functions'])),
  /** Those that reach table or vendor. */
  reaching: (names) => names.filter((name) => PERMISSIONS[name] !== undefined),
};
