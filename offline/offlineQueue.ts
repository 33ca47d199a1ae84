import { SQSClient } from '@aws-sdk/client-sqs';
import type { BatchConfig } from '../lib/config.ts';
import { ConfigError } from '../lib/environment.ts';
import { sdkOptions } from '../lib/sdkOptions.ts';
import { ensureQueue } from './ensureQueue.ts';
import type { InvokeFunction } from './gateway.ts';
import { startPoller, type Poller } from './pollQueue.ts';
import type { QueueConsumer } from './readService.ts';

/** The queue of the offline stage. */
export interface OfflineQueue {
  readonly url: string;
  /** Hands its messages to the function that takes them, until it is closed. */
  readonly poll: (consumer: QueueConsumer, invoke: InvokeFunction) => void;
  readonly close: () => Promise<void>;
}

const QUEUE_NAME = 'iotcloud-rest-offline-batches';

/** Opens the queue that is configured, and makes it if it is only told where. @throws ConfigError if nobody answers there */
export async function openQueue({ queueUrl, queueEmulator }: BatchConfig): Promise<OfflineQueue> {
  if (queueEmulator === undefined) throw new ConfigError('SQS_ENDPOINT', 'is required and not set');
  const client = new SQSClient(sdkOptions(queueEmulator));
  let poller: Poller | undefined;
  try {
    const url = queueUrl ?? (await ensureQueue(client, QUEUE_NAME));
    return {
      url,
      poll: ({ functionName, ...limits }, invoke) => {
        poller = startPoller({ client, queueUrl: url, invoke: (event) => invoke(functionName, event), ...limits });
      },
      close: async () => {
        await poller?.close();
        client.destroy();
      },
    };
  } catch (error) {
    client.destroy();
    throw new ConfigError('SQS_ENDPOINT', `no queue could be made at ${queueEmulator.endpoint} (${error instanceof Error ? error.name : String(error)})`);
  }
}
