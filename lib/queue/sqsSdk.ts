// Imported dynamically, and so a file of its own beside the bundles: a repeat or a refusal queues nothing.
export { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
