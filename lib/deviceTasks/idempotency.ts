import { AppError } from '../errors.ts';

/** Names one use of an `Idempotency-Key`: the same key of another caller or product is another one. */
export interface IdempotencyRef {
  readonly productId: string;
  /** Hash of who calls. */
  readonly callerHash: string;
  /** The key itself, quotes taken off. */
  readonly key: string;
}

/** What a creation answered with; all that is remembered of it. */
export interface CreatedTask {
  readonly taskId: string;
  readonly totalDevices: number;
  /** Unix seconds. */
  readonly expiresAtS: number;
}

/** What stands under a key. */
export type IdempotencyRecord = { readonly bodyHash: string } & (
  | { readonly state: 'in-progress'; readonly deadlineMs: number }
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

/** Where keys are remembered for 24 hours. Every method throws where the store is out of reach. */
export interface IdempotencyStore {
  /** Claims a free key. @returns `undefined` where it is ours now, otherwise what stands there */
  readonly claim: (ref: IdempotencyRef, claim: Claim) => Promise<IdempotencyRecord | undefined>;
  readonly complete: (ref: IdempotencyRef, claim: Claim, task: CreatedTask) => Promise<void>;
  /** Where the claim is ours and not completed. */
  readonly markUnknown: (ref: IdempotencyRef, claim: Claim) => Promise<void>;
  /** Frees the key, where the claim on it is ours: nothing was created. */
  readonly release: (ref: IdempotencyRef, claim: Claim) => Promise<void>;
}

/**
 * What a key that is taken means for a repeat: the first answer again, or an error.
 * A claimant past its deadline is gone, and nobody knows what it did.
 */
export function replay(record: IdempotencyRecord, bodyHash: string, nowMs: number): CreatedTask {
  if (record.bodyHash !== bodyHash)
    throw new AppError('idempotency-key-reused', 'The key was used with other device names within the last 24 hours.');
  if (record.state === 'completed') return record.task;
  if (record.state === 'in-progress' && record.deadlineMs > nowMs)
    throw new AppError('idempotency-key-in-progress', 'The first request with this key has not ended yet.');
  throw new AppError(
    'task-creation-unknown',
    "Whether the first request with this key created the devices is not known. Look their names up in the vendor's console before using them again.",
  );
}
