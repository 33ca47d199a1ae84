import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';

export interface PollerOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Invokes the function with an event of messages. @returns its result @throws if it fails */
  readonly invoke: (event: object) => Promise<unknown>;
  /** Messages an event holds at most. */
  readonly batchSize: number;
  /** Events at a time, at most. */
  readonly maximumConcurrency: number;
}

export interface Poller {
  /** Takes no more messages; resolves once those it has are done with. */
  readonly close: () => Promise<void>;
}

const LONG_POLL_S = 20;
const PAUSE_MS = 1000;

const batchResponse = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

const handleOf = ({ ReceiptHandle: handle = '' }: Message) => handle;

/** The event Lambda makes of messages. */
function toEvent(messages: readonly Message[]): object {
  const records = messages.map((message) => ({
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: {},
    eventSource: 'aws:sqs',
  }));
  return { Records: records };
}

/** Which messages are done with: all but those the function names, and none if it fails or answers anything else. */
async function handOver(messages: readonly Message[], invoke: PollerOptions['invoke']): Promise<readonly Message[]> {
  try {
    const { batchItemFailures } = batchResponse.parse(await invoke(toEvent(messages)));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    // As Lambda does: a name of no message of the event fails all of it.
    if (![...failed].every((id) => messages.some(({ MessageId }) => MessageId === id))) return [];
    return messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
  } catch {
    return [];
  }
}

/** What stands in for Lambda's event source mapping offline: it polls the queue and deletes what was done. */
export function startPoller({ client, queueUrl, invoke, batchSize, maximumConcurrency }: PollerOptions): Poller {
  const closing = new AbortController();
  const takeSome = async () => {
    const receive = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: LONG_POLL_S,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    const { Messages: messages = [] } = await client.send(receive, { abortSignal: closing.signal });
    const done = messages.length === 0 ? [] : await handOver(messages, invoke);
    if (done.length === 0) return;
    const Entries = done.map((message, index) => ({ Id: String(index), ReceiptHandle: handleOf(message) }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  };
  const poll = async () => {
    while (!closing.signal.aborted) {
      // A queue out of reach is asked again; whoever closes it does not wait for that.
      await takeSome().catch(() => sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined));
    }
  };
  const polling = Promise.all(Array.from({ length: maximumConcurrency }, poll));
  return {
    close: async () => {
      closing.abort();
      await polling;
    },
  };
}
