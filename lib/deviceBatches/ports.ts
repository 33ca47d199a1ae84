import type { BatchCaller, BatchRef } from './batch.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import type { Secret } from '../secret.ts';
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

/** A device as the vendor has it. */
export interface FoundDevice {
  /** Unix seconds by the vendor's clock. */
  readonly createdAtS: number;
  /** The vendor's clock less ours when he answered, in milliseconds; 0 if both tell the same second. */
  readonly aheadMs: number;
  readonly certificate?: string;
  readonly psk?: Secret;
  /** Whether its private key was handed out, which happens once. */
  readonly isKeyFetched: boolean;
}

/** Looks up single devices; not every API of the vendor's can. */
export interface DeviceLookup {
  /** @returns `undefined` if the product has no device of this name @throws AppError */
  readonly find: (productId: string, deviceName: string, context: RequestContext) => Promise<FoundDevice | undefined>;
  /**
   * Has the private key handed out: once, whatever becomes of the answer.
   * @returns `undefined` if it was handed out, or may have been, and is lost
   * @throws AppError if the call surely did nothing, and may do better later
   */
  readonly fetchKey: (productId: string, deviceName: string, context: RequestContext) => Promise<Secret | undefined>;
}

/** A secret that was fetched for a device of a batch, for whom the batch was created. */
export interface Recovery extends BatchRef {
  readonly deviceName: string;
  readonly caller: BatchCaller;
}

export type AuditRecovery = (recovery: Recovery) => void;
