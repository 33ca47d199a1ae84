import type { BatchResultErrorEntry, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DelayedMessage, StepQueue } from '../deviceBatches/ports.ts';
import { formatStepMessage } from '../deviceBatches/stepMessage.ts';

/** The most SQS takes at once, and for how long it holds a message back. */
const MAX_ENTRIES = 10;
const MAX_DELAY_S = 900;

// SQS may take some entries of a request and not others; of those a second try takes nearly all.
const ATTEMPTS = 2;

export interface SqsModule {
  readonly client: Pick<SQSClient, 'send'>;
  readonly commands: { readonly SendMessageBatchCommand: typeof SendMessageBatchCommand };
}

/** Some messages were not taken; their bodies stand nowhere in it. */
class QueueError extends Error {
  constructor(failed: readonly BatchResultErrorEntry[]) {
    super(`SQS did not take ${failed.length} messages: ${[...new Set(failed.map(({ Code }) => Code ?? 'no code'))].join(', ')}`);
    this.name = 'QueueError';
  }
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** @param messages no more than SQS takes at once @throws QueueError */
async function sendGroup({ client, commands }: SqsModule, queueUrl: string, messages: readonly DelayedMessage[]): Promise<void> {
  let entries = messages.map(({ message, delayS }, index) => ({
    Id: String(index),
    MessageBody: formatStepMessage(message),
    DelaySeconds: Math.min(Math.max(0, Math.ceil(delayS)), MAX_DELAY_S),
  }));
  for (let attempt = 1; ; attempt += 1) {
    const { Failed: failed = [] } = await client.send(new commands.SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    if (failed.length === 0) return;
    if (attempt === ATTEMPTS || failed.some(({ SenderFault }) => SenderFault === true)) throw new QueueError(failed);
    entries = entries.filter(({ Id }) => failed.some((entry) => entry.Id === Id));
  }
}

/**
 * Sends the steps of batches to a standard queue of SQS. If it throws, some may have been sent all the same: a message
 * too many does no harm. @param loadSqs called on first use only
 */
export function createSqsStepQueue(queueUrl: string, loadSqs: () => Promise<SqsModule>): StepQueue {
  return {
    send: async (messages) => {
      if (messages.length === 0) return;
      const sqs = await loadSqs();
      await Promise.all(inGroups(messages, MAX_ENTRIES).map((group) => sendGroup(sqs, queueUrl, group)));
    },
  };
}
