import { hashNames } from '../deviceTasks/hashNames.ts';
import type { ReportFault } from '../deviceTasks/ports.ts';
import { AppError } from '../errors.ts';
import { BATCH_LIFE_S, splitNames, type Batch, type BatchCaller, type BatchRef } from './batch.ts';
import { giveUpBatch } from './giveUpBatch.ts';
import type { StepQueue } from './ports.ts';
import type { BatchClaim, BatchKeyRef, BatchKeys, BatchStore } from './storePorts.ts';

export interface AcceptBatchDeps {
  readonly batches: BatchStore;
  readonly keys: BatchKeys;
  readonly queue: StepQueue;
  readonly reportFault: ReportFault;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A UUID of version 7 that begins with this time, in Unix milliseconds. */
  readonly newBatchId: (nowMs: number) => string;
}

/** A batch somebody asks for. */
export interface BatchOrder {
  readonly productId: string;
  readonly deviceNames: readonly string[];
  readonly retryOf?: string;
  /** What it is asked for under, if it is to be accepted once however often it is asked for. */
  readonly key?: BatchKeyRef;
  /** Who asks for it. */
  readonly caller?: BatchCaller;
  /** Unix milliseconds; whoever accepts it is surely gone by then. */
  readonly endsAtMs: number;
}

export interface AcceptedBatch {
  readonly batch: Batch;
  /** Whether it was accepted before. */
  readonly isReplay: boolean;
}

/** Accepts a batch, once a key. @throws AppError */
export type AcceptBatch = (order: BatchOrder) => Promise<AcceptedBatch>;

// The header stands long before, and a split that finds none tries again.
const SPLIT_AFTER_S = 5;

// However long the platform would let a request run, a retry is kept waiting no longer than this.
const MAX_IN_PROGRESS_MS = 30_000;

const NOT_ACCEPTED = 'The batch could not be written down or queued, so nothing was accepted; try again later.';

/** A batch as it is accepted: nothing of it is sent. */
function draftBatch({ productId, deviceNames, retryOf, caller }: BatchOrder, batchId: string, nowMs: number): Batch {
  const createdAtS = Math.floor(nowMs / 1000);
  const life = { createdAtS, expiresAtS: createdAtS + BATCH_LIFE_S };
  const namesHash = hashNames(deviceNames);
  const header = { ...life, totalDevices: deviceNames.length, namesHash, ...(caller === undefined ? {} : { caller }), ...(retryOf === undefined ? {} : { retryOf }) };
  const state = { state: 'queued', dueAtMs: nowMs, waits: 0 } as const;
  const parts = splitNames(deviceNames).map((names, number) => ({ number, deviceNames: names, ...life, state, revision: 'new' }));
  return { ref: { productId, batchId }, header, parts };
}

const reused = () => new AppError('idempotency-key-reused', 'The key was used with other device names.');
const inProgress = () => new AppError('idempotency-key-in-progress', 'The first request for this batch has not ended yet.');

/**
 * Writes parts, message and header, in this order: the header accepts the batch. What dies before it leaves nothing
 * that anybody sees, and is cleared away by the split; what stands after it runs.
 */
export function createAcceptBatch(deps: AcceptBatchDeps): AcceptBatch {
  const { batches, keys, queue, reportFault, now, newBatchId } = deps;

  const unavailable = (error: unknown, detail?: string) => {
    if (error instanceof AppError) return error;
    reportFault('batch-not-accepted', error);
    return new AppError('queue-unavailable', detail);
  };

  /** What no answer depends on: a sweep does it, if it fails. */
  const tryTo = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      reportFault('batch-not-cleared', error);
    }
  };

  /**
   * What a key that was used means: the batch it was used for, if that was accepted. If it was not, its claimant is
   * dead or barred from now on. @returns the batch, or what a new claim takes the place of
   */
  const settle = async (key: BatchKeyRef, productId: string, bodyHash: string): Promise<{ readonly accepted?: BatchRef; readonly former?: BatchClaim }> => {
    const former = await keys.read(key);
    if (former === undefined) return {};
    const ref = { productId, batchId: former.batchId };
    const found = await batches.readHeader(ref);
    const isSame = former.bodyHash === bodyHash;
    if (found.kind === 'absent' && former.deadlineMs > now()) throw isSame ? inProgress() : reused();
    if (found.kind !== 'accepted' && (await batches.abandon(ref))) return { former };
    if (!isSame) throw reused();
    return { accepted: ref };
  };

  const replay = async (ref: BatchRef): Promise<AcceptedBatch> => {
    const batch = await batches.readBatch(ref);
    if (batch === undefined) throw new AppError('batch-not-found');
    return { batch, isReplay: true };
  };

  /** All that comes before the header. */
  const prepare = async ({ ref, parts }: Batch) => {
    if ((await batches.takeSlot(ref)) === undefined) throw new AppError('too-many-batches');
    await batches.putParts(ref, parts);
    await queue.send([{ message: { ...ref, step: 'split' }, delayS: SPLIT_AFTER_S }]);
  };

  const accept = async (batch: Batch, key: BatchKeyRef | undefined) => {
    const { ref, header } = batch;
    try {
      await prepare(batch);
    } catch (error) {
      await tryTo(async () => {
        await giveUpBatch(batches, ref);
        if (key !== undefined) await keys.release(key, ref.batchId);
      });
      throw unavailable(error, NOT_ACCEPTED);
    }
    // From here on a failure says nothing: the key stays, and tells a retry what became of it.
    if (!(await batches.accept(ref, header))) throw new AppError('queue-unavailable', NOT_ACCEPTED);
  };

  const acceptOnce = async (order: BatchOrder): Promise<AcceptedBatch> => {
    const { productId, key } = order;
    const { accepted, former } = key === undefined ? {} : await settle(key, productId, hashNames(order.deviceNames));
    if (accepted !== undefined) return replay(accepted);
    const nowMs = now();
    const batch = draftBatch(order, newBatchId(nowMs), nowMs);
    const { expiresAtS, namesHash } = batch.header;
    const deadlineMs = Math.min(order.endsAtMs, nowMs + MAX_IN_PROGRESS_MS);
    const claim = { batchId: batch.ref.batchId, bodyHash: namesHash, deadlineMs, expiresAtS };
    if (key !== undefined && !(await keys.claim(key, claim, former))) throw inProgress();
    await accept(batch, key);
    return { batch, isReplay: false };
  };

  return async (order) => {
    try {
      return await acceptOnce(order);
    } catch (error) {
      throw unavailable(error);
    }
  };
}
