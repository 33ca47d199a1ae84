import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DelayedMessage } from '../../../lib/deviceBatches/ports.ts';
import { connectStepQueue } from '../../../lib/queue/connectQueue.ts';
import { parseStepMessage } from '../../../lib/deviceBatches/stepMessage.ts';
import { emulatorConnection } from '../../../lib/config.ts';
import { freePort } from '../../support/freePort.ts';
import { startTestQueue, type TestQueue } from '../../support/testQueue.ts';

const batchId = '0193f6a0-0000-7000-8000-000000000001';
const defaults = { resolveAfterS: 360, callsPerS: 4 };
const partMessage = (part: number, delayS = 0): DelayedMessage => ({ message: { productId: 'P', batchId, step: 'part', part }, delayS });

let queue: TestQueue;
beforeAll(async () => {
  queue = await startTestQueue();
});
beforeEach(async () => void (await queue.take()));
afterAll(() => queue.close());

const connect = (endpoint = queue.endpoint) => connectStepQueue({ ...defaults, queueUrl: queue.queueUrl, queueEmulator: emulatorConnection(endpoint) });

describe('the queue of steps, on an SQS emulator', () => {
  it('takes more messages than one request holds, each once', async () => {
    await connect().send(Array.from({ length: 100 }, (_, part) => partMessage(part)));
    const parts = (await queue.take()).map((body) => parseStepMessage(body)?.part);
    expect(parts.toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 100 }, (_, part) => part));
  });

  it('hands over messages as they were sent', async () => {
    const split = { productId: 'P', batchId, step: 'split' } as const;
    await connect().send([{ message: split, delayS: 0 }]);
    expect((await queue.take()).map(parseStepMessage)).toEqual([split]);
  });

  it('holds messages back for their time, and no longer than SQS can', async () => {
    const [, delayedBefore = 0] = await queue.countOf(queue.queueUrl);
    await connect().send([partMessage(1, 0.2), partMessage(2, 900), partMessage(3, 86_400), partMessage(4, -1)]);
    const [, delayed = 0] = await queue.countOf(queue.queueUrl);
    expect([delayed - delayedBefore, (await queue.take()).map((body) => parseStepMessage(body)?.part)]).toEqual([3, [4]]);
  });

  it('asks nobody if there is nothing to send', async () => {
    await connect(`http://127.0.0.1:${await freePort()}`).send([]);
    expect(await queue.take()).toEqual([]);
  });

  it('throws if nobody answers', async () => {
    const queueUrl = `http://127.0.0.1:${await freePort()}/000000000000/batches`;
    const send = connectStepQueue({ ...defaults, queueUrl, queueEmulator: emulatorConnection(new URL(queueUrl).origin) }).send([partMessage(1)]);
    await expect(send).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('names the variable that is missing, once there is something to send', async () => {
    await expect(connectStepQueue(defaults).send([partMessage(1)])).rejects.toMatchObject({ name: 'ConfigError', variable: 'BATCH_QUEUE_URL' });
  });
});

describe('the guard before the emulator', () => {
  it('answers neither another key, nor a page, nor an unsigned request', async () => {
    const signed = 'AWS4-HMAC-SHA256 Credential=offline/20261124/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00';
    const list = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues' };
    const statusOf = async (headers: Record<string, string>) =>
      (await fetch(queue.endpoint, { method: 'POST', headers: { ...list, ...headers }, body: '{}' })).status;
    expect(await statusOf({ authorization: signed })).toBe(200);
    expect(await statusOf({ authorization: signed.replace('=offline/', '=other/') })).toBe(403);
    expect(await statusOf({ authorization: signed, origin: 'http://127.0.0.1' })).toBe(403);
    expect(await statusOf({})).toBe(403);
    expect((await fetch(`${queue.endpoint}/_fauxqs/queues`)).status).toBe(403);
  });
});
