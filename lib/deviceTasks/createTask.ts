import { randomUUID } from 'node:crypto';
import { AppError } from '../errors.ts';
import { hashNames, hashNameSet } from './hashNames.ts';
import { replay, type Claim, type CreatedTask, type IdempotencyRecord, type IdempotencyRef, type IdempotencyStore } from './idempotency.ts';
import type { ReportFault, ResultStore, TaskSource } from './ports.ts';
import type { RequestContext } from './requestContext.ts';

export interface CreateTaskDeps {
  readonly source: TaskSource;
  readonly store: ResultStore;
  readonly idempotency: IdempotencyStore;
  readonly reportFault: ReportFault;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** An `Idempotency-Key` and whose it is. */
export interface IdempotencyUse {
  readonly callerHash: string;
  readonly key: string;
  /** Unix milliseconds; this request has surely ended by then. */
  readonly endsAtMs: number;
}

export interface Creation {
  readonly task: CreatedTask;
  readonly isReplay: boolean;
}

export type CreateTask = (
  productId: string,
  deviceNames: readonly string[],
  idempotency: IdempotencyUse | undefined,
  context: RequestContext,
) => Promise<Creation>;

// "A task lives one month": the shortest month's worth that any of the vendor's pages names.
const TASK_LIFE_S = 30 * 24 * 60 * 60;

// However long the platform would let a request run, a retry is kept waiting no longer than this.
const MAX_IN_PROGRESS_MS = 30_000;

/**
 * Creates a batch, once. With a key, a retry gets the first answer again, or learns that it is not known.
 * @throws AppError
 */
export function createCreateTask(deps: CreateTaskDeps): CreateTask {
  const { source, store, idempotency, reportFault, now } = deps;

  /** A write that no answer depends on: only the operator is told of its failure. @returns whether it was done */
  const tryWrite = async (write: Promise<void>, faultEvent = 'creation-not-recorded') => {
    try {
      await write;
      return true;
    } catch (error) {
      reportFault(faultEvent, error);
      return false;
    }
  };

  const createAndNote = async (productId: string, deviceNames: readonly string[], context: RequestContext): Promise<CreatedTask> => {
    const createdAtMs = now();
    const createdAtS = Math.floor(createdAtMs / 1000);
    const taskId = await source.createTask(productId, deviceNames, context);
    const creation = { createdAtS, expiresAtS: createdAtS + TASK_LIFE_S, totalDevices: deviceNames.length };
    const noted = { ...creation, namesHash: hashNameSet(deviceNames), api: source.api };
    await tryWrite(store.noteCreation({ productId, taskId }, noted, createdAtMs));
    return { taskId, ...creation };
  };

  /** Nothing is sent unless both writes are known to stand. @returns what stands under a key that is taken */
  const takeKey = async (ref: IdempotencyRef, claim: Claim): Promise<IdempotencyRecord | undefined> => {
    try {
      const taken = await idempotency.claim(ref, claim);
      if (taken === undefined) await idempotency.startSending(ref, claim);
      return taken;
    } catch (error) {
      reportFault('idempotency-unavailable', error);
      // The answer may be all that was lost; a claim left behind would keep out the retry that we ask for.
      await tryWrite(idempotency.release(ref, claim), 'claim-not-released');
      throw new AppError('idempotency-unavailable');
    }
  };

  const createAndRecord = async (ref: IdempotencyRef, claim: Claim, createOnce: () => Promise<CreatedTask>) => {
    try {
      const task = await createOnce();
      const isRecorded = await tryWrite(idempotency.complete(ref, claim, task));
      if (!isRecorded) await tryWrite(idempotency.markUnknown(ref, claim));
      return task;
    } catch (error) {
      const isDefinite = error instanceof AppError && error.code !== 'task-creation-unknown';
      await tryWrite(isDefinite ? idempotency.release(ref, claim) : idempotency.markUnknown(ref, claim));
      throw error;
    }
  };

  return async (productId, deviceNames, use, context) => {
    const createOnce = () => createAndNote(productId, deviceNames, context);
    if (use === undefined) return { task: await createOnce(), isReplay: false };
    const ref = { productId, callerHash: use.callerHash, key: use.key };
    const deadlineMs = Math.min(use.endsAtMs, now() + MAX_IN_PROGRESS_MS);
    // Bodies are the same when their parsed names are, in order.
    const claim = { bodyHash: hashNames(deviceNames), owner: randomUUID(), deadlineMs };
    const taken = await takeKey(ref, claim);
    if (taken !== undefined) return { task: replay(taken, claim.bodyHash, now()), isReplay: true };
    return { task: await createAndRecord(ref, claim, createOnce), isReplay: false };
  };
}
