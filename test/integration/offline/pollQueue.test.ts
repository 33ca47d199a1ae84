import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPoller, type Poller } from '../../../offline/pollQueue.ts';
import { startTestQueue, type TestQueue } from '../../support/testQueue.ts';

interface SqsEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string; readonly attributes: { readonly ApproximateReceiveCount: string } }[];
}

let queue: TestQueue;
let poller: Poller | undefined;
afterEach(async () => {
  await poller?.close();
  await queue.close();
});

async function start(invoke: (event: SqsEvent) => Promise<unknown>, options: { attributes?: Record<string, string>; concurrency?: number } = {}) {
  queue = await startTestQueue(options.attributes);
  poller = startPoller({
    client: queue.client,
    queueUrl: queue.queueUrl,
    invoke: (event) => invoke(event as SqsEvent), // the poller's own form, checked below
    batchSize: 5,
    maximumConcurrency: options.concurrency ?? 2,
  });
}

async function send(bodies: readonly string[]): Promise<void> {
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await queue.client.send(new SendMessageBatchCommand({ QueueUrl: queue.queueUrl, Entries }));
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);
const nothingFailed = { batchItemFailures: [] };
const emptied = () => vi.waitFor(async () => expect(await queue.countOf(queue.queueUrl)).toEqual([0, 0, 0]), { timeout: 20_000, interval: 50 });

describe('the poller', () => {
  it('hands every message over once, some at a time, and never more events at once than it may', async () => {
    const seen: string[] = [];
    const sizes: number[] = [];
    let [open, most] = [0, 0];
    await start(async ({ Records }) => {
      open += 1;
      most = Math.max(most, open);
      sizes.push(Records.length);
      seen.push(...Records.map(({ body }) => body));
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return nothingFailed;
    });
    await send(numbers(60));
    await emptied();
    expect(seen.toSorted()).toEqual(numbers(60).toSorted());
    expect([Math.max(...sizes) <= 5, most <= 2]).toEqual([true, true]);
  });

  it('leaves what failed to come again, alone, and at last to the dead-letter queue', async () => {
    const counts: string[] = [];
    const done: string[] = [];
    await start(
      ({ Records }) => {
        const failed = Records.filter(({ body }) => body === 'm1');
        counts.push(...failed.map(({ attributes }) => attributes.ApproximateReceiveCount));
        done.push(...Records.filter(({ body }) => body !== 'm1').map(({ body }) => body));
        return Promise.resolve({ batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) });
      },
      { attributes: { VisibilityTimeout: '0' } },
    );
    await send(numbers(3));
    await vi.waitFor(async () => expect(await queue.countOf(queue.deadUrl)).toEqual([1, 0, 0]), { timeout: 20_000, interval: 50 });
    expect(counts).toEqual(Array.from({ length: 10 }, (_, index) => String(index + 1)));
    expect(new Set(done)).toEqual(new Set(['m0', 'm2']));
    expect(await queue.take(queue.deadUrl)).toEqual(['m1']);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('no'))],
    ['answers nonsense', () => Promise.resolve(null)],
    ['names a message that is none of them', () => Promise.resolve({ batchItemFailures: [{ itemIdentifier: 'other' }] })],
  ])('leaves all of an event whose function %s', async (_what, answer) => {
    const invoke = vi.fn<(event: SqsEvent) => Promise<unknown>>(answer);
    await start(invoke);
    await send(['m0', 'm1']);
    await vi.waitFor(() => expect(invoke.mock.calls.flatMap(([{ Records }]) => Records)).toHaveLength(2), { timeout: 20_000 });
    expect(await queue.countOf(queue.queueUrl)).toEqual([0, 0, 2]);
  });

  it('is closed at once while it waits for messages, and once what it has is done', async () => {
    const held = Promise.withResolvers<unknown>();
    const invoke = vi.fn<(event: SqsEvent) => Promise<unknown>>(() => held.promise);
    await start(invoke, { concurrency: 3 });
    await send(['m0']);
    await vi.waitFor(() => expect(invoke).toHaveBeenCalledTimes(1), { timeout: 20_000 });
    const closing = poller?.close();
    held.resolve(nothingFailed);
    await closing;
    expect(await queue.countOf(queue.queueUrl)).toEqual([0, 0, 0]);
  });
});
