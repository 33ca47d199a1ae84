import { AppError } from '../errors.ts';

/** Names one use of an `Idempotency-Key`: the same key of another caller or product is another one. */
export interface IdempotencyRef {
  readonly productId: string;
  /** Hash of who calls. */
  readonly callerHash: string;
  /** The key itself, quotes taken off. */
  readonly key: string;
}

/** What a creation answered with; all that is remembered of it. Times in Unix seconds. */
export interface CreatedTask {
  readonly taskId: string;
  readonly totalDevices: number;
  readonly createdAtS: number;
  readonly expiresAtS: number;
}

/** What stands under a key. */
export type IdempotencyRecord = { readonly bodyHash: string } & (
  /** Nothing was sent yet. Past its deadline nothing will be: the key is free. */
  | { readonly state: 'claimed'; readonly deadlineMs: number }
  /** Something may have been sent. Past its deadline its outcome is unknown. */
  | { readonly state: 'sending'; readonly deadlineMs: number }
  | { readonly state: 'unknown' }
  | { readonly state: 'completed'; readonly task: CreatedTask }
);

export interface Claim {
  readonly bodyHash: string;
  /** One of a kind for this attempt. */
  readonly owner: string;
  /** Unix milliseconds; the claimant is gone by then. */
  readonly deadlineMs: number;
}

/** Where keys are remembered for 24 hours. Every method throws if the store is out of reach. */
export interface IdempotencyStore {
  /** Claims a free key. @returns `undefined` if it is claimed now, otherwise what stands under it */
  readonly claim: (ref: IdempotencyRef, claim: Claim) => Promise<IdempotencyRecord | undefined>;
  /** Notes that the creation may be sent from now on. Throws if the claim was taken over meanwhile: then it must not be. */
  readonly startSending: (ref: IdempotencyRef, claim: Claim) => Promise<void>;
  readonly complete: (ref: IdempotencyRef, claim: Claim, task: CreatedTask) => Promise<void>;
  /** Notes that the outcome is unknown, if the claim still is the one that was sent for. */
  readonly markUnknown: (ref: IdempotencyRef, claim: Claim) => Promise<void>;
  /** Frees the key, if the claim still stands: nothing was created. */
  readonly release: (ref: IdempotencyRef, claim: Claim) => Promise<void>;
}

/**
 * What a key that is taken means for a retry: the first answer again, or an error.
 * A claimant that was sending and is past its deadline is gone, and nobody knows what it did.
 */
export function replay(record: IdempotencyRecord, bodyHash: string, nowMs: number): CreatedTask {
  if (record.bodyHash !== bodyHash) throw new AppError('idempotency-key-reused');
  if (record.state === 'completed') return record.task;
  if (record.state === 'claimed' || (record.state === 'sending' && record.deadlineMs > nowMs))
    throw new AppError('idempotency-key-in-progress');
  throw new AppError(
    'task-creation-unknown',
    "Whether the first request with this key created the devices is not known. Look their names up in the vendor's console before using them again. Over API 3.0 a device batch finds out by itself what became of such devices.",
  );
}
