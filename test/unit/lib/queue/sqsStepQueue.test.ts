import * as sqs from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DelayedMessage } from '../../../../lib/deviceBatches/ports.ts';
import { createSqsStepQueue, type SqsModule } from '../../../../lib/queue/sqsStepQueue.ts';

const client = new sqs.SQSClient({ region: 'eu-central-1' });
const mock = mockClient(client);
const load = vi.fn<() => Promise<SqsModule>>(() => Promise.resolve({ client, commands: sqs }));
const queue = createSqsStepQueue('https://sqs.test/1/batches', load);

const batchId = '0193f6a0-0000-7000-8000-000000000001';
const messages = (count: number): DelayedMessage[] =>
  Array.from({ length: count }, (_, part) => ({ message: { productId: 'P', batchId, step: 'part', part }, delayS: part }));
const failed = (Id: string, SenderFault = false) => ({ Id, SenderFault, Code: SenderFault ? 'InvalidMessageContents' : 'InternalError' });

type Input = sqs.SendMessageBatchCommandInput;
const sentEntries = () => mock.commandCalls(sqs.SendMessageBatchCommand).map((call) => call.args[0].input.Entries?.map(({ Id }) => Id));

beforeEach(() => {
  mock.reset();
  load.mockClear();
});

describe('messages', () => {
  it('go out ten a request, with their delays', async () => {
    mock.on(sqs.SendMessageBatchCommand).callsFake(({ Entries = [] }: Input) => ({ Successful: Entries }));
    await queue.send(messages(12));
    expect(sentEntries().map((ids) => ids?.length)).toEqual([10, 2]);
    const [first] = mock.commandCalls(sqs.SendMessageBatchCommand);
    expect(first?.args[0].input.QueueUrl).toBe('https://sqs.test/1/batches');
    expect(first?.args[0].input.Entries?.[3]).toEqual({ Id: '3', DelaySeconds: 3, MessageBody: `{"productId":"P","batchId":"${batchId}","step":"part","part":3}` });
  });

  it('that SQS did not take are sent again, and those alone', async () => {
    mock.on(sqs.SendMessageBatchCommand).resolvesOnce({ Failed: [failed('1'), failed('2')] }).resolves({ Successful: [] });
    await queue.send(messages(4));
    expect(sentEntries()).toEqual([['0', '1', '2', '3'], ['1', '2']]);
  });

  it('that SQS will not take a second time are an error, which says how many and why', async () => {
    mock.on(sqs.SendMessageBatchCommand).resolves({ Failed: [failed('1')] });
    await expect(queue.send(messages(2))).rejects.toThrow(/^SQS did not take 1 messages: InternalError$/);
    expect(sentEntries()).toHaveLength(2);
  });

  it('that are not fit for SQS are an error at once', async () => {
    mock.on(sqs.SendMessageBatchCommand).resolves({ Failed: [failed('0', true)] });
    await expect(queue.send(messages(2))).rejects.toThrow(/^SQS did not take 1 messages: InvalidMessageContents$/);
    expect(sentEntries()).toHaveLength(1);
  });

  it('load the client only if there are any', async () => {
    await queue.send([]);
    expect(load).not.toHaveBeenCalled();
  });

  it('are all tried, though one request fails', async () => {
    mock.on(sqs.SendMessageBatchCommand).rejectsOnce(new Error('out of reach')).resolves({ Successful: [] });
    await expect(queue.send(messages(30))).rejects.toThrow('out of reach');
    expect(sentEntries()).toHaveLength(3);
  });
});
