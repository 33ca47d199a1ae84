import { once } from '../baseContainer.ts';
import type { BatchConfig } from '../config.ts';
import type { BatchEvents, StepQueue } from '../deviceBatches/ports.ts';
import { ConfigError } from '../environment.ts';
import { sdkOptions } from '../sdkOptions.ts';
import { createBatchEvents } from './batchEvents.ts';
import { createSqsStepQueue } from './sqsStepQueue.ts';

// Both answer in tens of milliseconds. Two attempts of this, and whoever waits is still answered.
const CLIENT = { maxAttempts: 2, requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true } };

/** The queue a stage is configured for; a function that is told none has nothing to send. */
export function connectStepQueue({ queueUrl, queueEmulator }: BatchConfig): StepQueue {
  if (queueUrl === undefined) return { send: () => Promise.reject(new ConfigError('BATCH_QUEUE_URL', 'is required and not set')) };
  const loadSqs = once(async () => {
    const commands = await import('./sqsSdk.ts');
    return { client: new commands.SQSClient({ ...CLIENT, ...(queueEmulator === undefined ? {} : sdkOptions(queueEmulator)) }), commands };
  });
  return createSqsStepQueue(queueUrl, loadSqs);
}

/** The bus a stage is configured for, if there is one. */
export function connectBatchEvents({ eventBus }: BatchConfig): BatchEvents | undefined {
  if (eventBus === undefined) return undefined;
  const loadEventBridge = once(async () => {
    const commands = await import('./eventBridgeSdk.ts');
    return { client: new commands.EventBridgeClient(CLIENT), commands };
  });
  return createBatchEvents(eventBus, loadEventBridge);
}
