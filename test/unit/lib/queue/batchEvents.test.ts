import * as eventBridge from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceBatchResource } from '../../../../lib/deviceBatches/resources.ts';
import { createBatchEvents } from '../../../../lib/queue/batchEvents.ts';
import { connectBatchEvents } from '../../../../lib/queue/connectQueue.ts';

const client = new eventBridge.EventBridgeClient({ region: 'eu-central-1' });
const mock = mockClient(client);
const events = createBatchEvents('the-bus', () => Promise.resolve({ client, commands: eventBridge }));

const batch: DeviceBatchResource = {
  productId: 'P',
  batchId: '0193f6a0-0000-7000-8000-000000000001',
  status: 'completed',
  totalDevices: 2,
  createdDevices: 1,
  failedDevices: 1,
  unknownDevices: 0,
  pendingDevices: 0,
  createdAt: '2026-11-24T10:00:00Z',
  completedAt: '2026-11-24T10:01:00Z',
  expiresAt: '2026-12-24T10:00:00Z',
};

beforeEach(() => void mock.reset());

describe('a completed batch', () => {
  it('is told to the bus as the contract says: the resource, and nothing else', async () => {
    mock.on(eventBridge.PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    await events.publishCompleted(batch);
    const [call, ...others] = mock.commandCalls(eventBridge.PutEventsCommand);
    expect(others).toEqual([]);
    const [{ Detail = '', ...entry } = {}, ...further] = call?.args[0].input.Entries ?? [];
    expect([entry, JSON.parse(Detail), further]).toEqual([
      { EventBusName: 'the-bus', Source: 'iotcloud-rest', DetailType: 'Device Batch Completed' },
      batch,
      [],
    ]);
  });

  it.each([
    ['refused', { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }] }, 'ThrottlingException'],
    ['not acknowledged', {}, 'no code'],
  ])('that is %s is an error, to be told again', async (_how, answer, code) => {
    mock.on(eventBridge.PutEventsCommand).resolves(answer);
    await expect(events.publishCompleted(batch)).rejects.toThrow(`EventBridge did not take the event: ${code}`);
  });

  it('is told only if a bus is named', () => {
    const config = { resolveAfterS: 360, callsPerS: 4 };
    expect([connectBatchEvents(config), typeof connectBatchEvents({ ...config, eventBus: 'the-bus' })?.publishCompleted]).toEqual([undefined, 'function']);
  });
});
