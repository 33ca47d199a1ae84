import { describe, expect, it, vi } from 'vitest';
import { createBaseContainer } from '../../../../lib/baseContainer.ts';
import { currentRequest } from '../../../../lib/currentRequest.ts';
import { ConfigError } from '../../../../lib/environment.ts';
import { createStepHandler } from '../../../../lib/events/createStepHandler.ts';
import { createSweepHandler } from '../../../../lib/events/createSweepHandler.ts';
import type { RunStep } from '../../../../lib/deviceBatches/runStep.ts';
import type { SweepBatches } from '../../../../lib/deviceBatches/sweepBatches.ts';
import type { StepMessage } from '../../../../lib/deviceBatches/ports.ts';

const batchId = '0193f6a0-0000-7000-8000-000000000001';
const part = (number: number): StepMessage => ({ productId: 'P', batchId, step: 'part', part: number });

const record = (messageId: string, body: string) => ({
  messageId,
  body,
  receiptHandle: `handle-${messageId}`,
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: 's', ApproximateFirstReceiveTimestamp: '0' },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn',
  awsRegion: 'eu-central-1',
});

const context = { awsRequestId: 'invocation', getRemainingTimeInMillis: () => 20_000 };

function createLog() {
  const lines: Record<string, unknown>[] = [];
  const base = createBaseContainer({ STAGE: 'test', LOG_LEVEL: 'INFO' }, (line) => void lines.push(JSON.parse(line) as Record<string, unknown>)); // a line is an object
  return { base, lines };
}

function createSteps(runStep: RunStep) {
  const { base, lines } = createLog();
  const handler = createStepHandler('runDeviceBatches', () => ({ ...base, services: () => ({ runStep }) }), () => 1000);
  return { run: (...records: ReturnType<typeof record>[]) => handler({ Records: records }, context), lines };
}

describe('messages of the queue', () => {
  it('each become a step, within the time of the invocation', async () => {
    const runStep = vi.fn<RunStep>(() => Promise.resolve());
    const { run, lines } = createSteps(runStep);
    expect(await run(record('a', JSON.stringify(part(1))), record('b', JSON.stringify(part(2))))).toEqual({ batchItemFailures: [] });
    expect(runStep.mock.calls.map(([message, { deadlineMs }]) => [message, deadlineMs])).toEqual([[part(1), 9000], [part(2), 9000]]);
    expect(lines.map((line) => line['part'])).toEqual([1, 2]);
  });

  it('that fail are told, and they alone', async () => {
    const { run } = createSteps(({ part: number }) => (number === 2 ? Promise.reject(new Error('table')) : Promise.resolve()));
    const records = [1, 2, 3].map((number) => record(`m${number}`, JSON.stringify(part(number))));
    expect(await run(...records)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }] });
  });

  it('that are none of ours are told as failed, and change nothing', async () => {
    const runStep = vi.fn<RunStep>(() => Promise.resolve());
    const { run } = createSteps(runStep);
    expect(await run(record('a', '{"hello":"world"}'))).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }] });
    expect(runStep).not.toHaveBeenCalled();
  });

  it('run side by side, each under its own name', async () => {
    const both = Promise.withResolvers<void>();
    const names: unknown[] = [];
    const { run } = createSteps(async () => {
      if (names.push(currentRequest().requestId) === 2) both.resolve();
      await both.promise;
    });
    await run(record('a', JSON.stringify(part(1))), record('b', JSON.stringify(part(2))));
    expect(names).toEqual(['a', 'b']);
  });

  it('each leave a line with their metrics, the first of a process as a cold start', async () => {
    const { run, lines } = createSteps((_message, { tally }) => {
      Object.assign(tally, { vendorCalls: 2, vendorMs: 30 });
      return Promise.resolve();
    });
    await run(record('a', JSON.stringify(part(1))));
    await run(record('b', JSON.stringify(part(2))));
    const told = { level: 'INFO', event: 'batch-step', route: 'runDeviceBatches', productId: 'P', batchId, step: 'part', VendorCalls: 2, VendorLatency: 15 };
    expect(lines).toMatchObject([
      { ...told, requestId: 'a', part: 1, ColdStart: 1 },
      { ...told, requestId: 'b', part: 2 },
    ]);
    expect(lines[1]).not.toHaveProperty('ColdStart');
  });

  it('count the devices whose outcome a step made final', async () => {
    const { run, lines } = createSteps((_message, { tally }) => {
      Object.assign(tally, { settled: { created: 97, failed: 3, unknown: 0 } });
      return Promise.resolve();
    });
    await run(record('a', JSON.stringify(part(1))));
    expect(lines).toMatchObject([{ DevicesCreated: 97, DevicesFailed: 3 }]);
  });

  it('leave of a fault its name and its metric, never its text', async () => {
    const { run, lines } = createSteps(() => Promise.reject(new TypeError('-----BEGIN PRIVATE KEY-----')));
    await run(record('a', JSON.stringify(part(1))));
    expect(lines).toMatchObject([{ level: 'ERROR', errorName: 'TypeError', Errors: 1, BatchFault: 1 }]);
    expect(JSON.stringify(lines)).not.toContain('PRIVATE');
  });

  it('name the variable that is missing', async () => {
    const { run, lines } = createSteps(() => Promise.reject(new ConfigError('BATCH_QUEUE_URL', 'is required and not set')));
    await run(record('a', JSON.stringify(part(1))));
    expect(lines).toMatchObject([{ variable: 'BATCH_QUEUE_URL' }]);
  });
});

describe('the sweep', () => {
  function createSweeping(sweepBatches: SweepBatches) {
    const { base, lines } = createLog();
    return { run: createSweepHandler('sweepDeviceBatches', () => ({ ...base, services: () => ({ sweepBatches }) }), () => 1000), lines };
  }

  it('runs once an event, and leaves a line of how much is open', async () => {
    const sweep = vi.fn<SweepBatches>(() => Promise.resolve({ openBatches: 1, openParts: 7, oldestAgeS: 90 }));
    const { run, lines } = createSweeping(sweep);
    await run({}, context);
    expect(sweep).toHaveBeenCalledTimes(1);
    expect(lines).toMatchObject([{ event: 'batch-sweep', route: 'sweepDeviceBatches', requestId: 'invocation', PartsWaiting: 7, OldestBatchAge: 90 }]);
  });

  it('fails the invocation if it fails, so that Lambda counts it', async () => {
    const { run, lines } = createSweeping(() => Promise.reject(new Error('table')));
    await expect(run({}, context)).rejects.toThrow('table');
    expect(lines).toMatchObject([{ level: 'ERROR', errorName: 'Error', BatchFault: 1 }]);
  });
});
