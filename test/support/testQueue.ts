import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { emulatorConnection } from '../../lib/config.ts';
import { sdkOptions } from '../../lib/sdkOptions.ts';
import { startEmbeddedSqs } from '../../offline/embeddedSqs.ts';
import { ensureQueue } from '../../offline/ensureQueue.ts';

/** A queue of one test's own, in an SQS emulator of its own. @param attributes in place of its usual ones */
export async function startTestQueue(attributes: Record<string, string> = {}) {
  const emulator = await startEmbeddedSqs();
  const client = new SQSClient(sdkOptions(emulatorConnection(emulator.endpoint)));
  const queueUrl = await ensureQueue(client, 'batches', attributes);
  const countOf = async (url: string) => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes: found = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
    return names.map((name) => Number(found[name]));
  };
  return {
    client,
    endpoint: emulator.endpoint,
    queueUrl,
    deadUrl: `${queueUrl}-dead`,
    /** Messages there, delayed, and taken. */
    countOf,
    /** Takes whatever is there at once. */
    take: async (url = queueUrl): Promise<string[]> => {
      const bodies: string[] = [];
      for (;;) {
        const { Messages: messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
        if (messages.length === 0) return bodies;
        bodies.push(...messages.map(({ Body = '' }) => Body));
      }
    },
    close: async () => {
      client.destroy();
      await emulator.close();
    },
  };
}

export type TestQueue = Awaited<ReturnType<typeof startTestQueue>>;
