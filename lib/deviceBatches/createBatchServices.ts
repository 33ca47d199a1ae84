import type { Clock } from '../clock.ts';
import type { ReportFault, ResultStore, TaskSource } from '../deviceTasks/ports.ts';
import { createAcceptBatch } from './acceptBatch.ts';
import { createCancelBatch, type CancelBatch } from './cancelBatch.ts';
import { createCreateBatch, type CreateBatch } from './createBatch.ts';
import { createFollowBatch, type FollowBatch } from './followBatch.ts';
import type { BatchEvents, StepQueue } from './ports.ts';
import { createRetryBatch, type RetryBatch } from './retryBatch.ts';
import { createRunPart } from './runPart.ts';
import { createRunStep, type RunStep } from './runStep.ts';
import type { BatchKeys, BatchStore } from './storePorts.ts';
import { createSweepBatches, type SweepBatches } from './sweepBatches.ts';

/** The use cases of batches. */
export interface BatchServices {
  readonly createBatch: CreateBatch;
  readonly followBatch: FollowBatch;
  readonly cancelBatch: CancelBatch;
  readonly retryBatch: RetryBatch;
  readonly runStep: RunStep;
  readonly sweepBatches: SweepBatches;
}

export interface BatchServicesDeps {
  readonly source: TaskSource;
  readonly results: ResultStore;
  readonly batches: BatchStore;
  readonly keys: BatchKeys;
  readonly queue: StepQueue;
  /** Left out if nobody wants to be told of completed batches. */
  readonly events?: BatchEvents | undefined;
  readonly reportFault: ReportFault;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** A UUID of version 7 that begins with this time, in Unix milliseconds. */
  readonly newBatchId: (nowMs: number) => string;
  /** One of a kind. */
  readonly newClaimId: () => string;
}

/** Wires the use cases of batches over their ports. */
export function createBatchServices(ports: BatchServicesDeps): BatchServices {
  const deps = { ...ports, now: ports.clock.now };
  const followBatch = createFollowBatch(ports);
  const acceptBatch = createAcceptBatch(deps);
  return {
    followBatch,
    createBatch: createCreateBatch(acceptBatch),
    cancelBatch: createCancelBatch({ ...deps, followBatch }),
    retryBatch: createRetryBatch({ followBatch, acceptBatch }),
    runStep: createRunStep({ ...deps, runPart: createRunPart(deps) }),
    sweepBatches: createSweepBatches(deps),
  };
}
