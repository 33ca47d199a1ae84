import type { DeviceBatchResource } from './resources.ts';

/** Says that somebody should look; the table says what is true. */
export interface StepMessage {
  readonly productId: string;
  readonly batchId: string;
  readonly step: 'split' | 'part' | 'complete' | 'tell';
  readonly part?: number;
}

export interface DelayedMessage {
  readonly message: StepMessage;
  readonly delayS: number;
}

/** @throws if the queue did not take every one */
export interface StepQueue {
  readonly send: (messages: readonly DelayedMessage[]) => Promise<void>;
}

/** @throws if the bus did not take it */
export interface BatchEvents {
  readonly publishCompleted: (batch: DeviceBatchResource) => Promise<void>;
}
