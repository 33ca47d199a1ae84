import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** The offline copy of the queue in `infrastructure/queue.yml`, but that what failed comes back sooner. */
const ATTRIBUTES = { VisibilityTimeout: '30', MessageRetentionPeriod: '1209600' };
const MAX_RECEIVE_COUNT = 10;

/** Creates the queue and its dead-letter queue if they are missing. @returns the URL of the queue */
export async function ensureQueue(client: SQSClient, queueName: string, attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl: deadUrl } = await client.send(new CreateQueueCommand({ QueueName: `${queueName}-dead` }));
  const { Attributes: dead } = await client.send(new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ['QueueArn'] }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead?.['QueueArn'], maxReceiveCount: MAX_RECEIVE_COUNT });
  const { QueueUrl: queueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: queueName, Attributes: { ...ATTRIBUTES, RedrivePolicy, ...attributes } }),
  );
  if (queueUrl === undefined) throw new Error('SQS created a queue without a URL');
  return queueUrl;
}
