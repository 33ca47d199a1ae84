import type { Clock } from '../clock.ts';
import type { ReportFault, ResultStore, TaskSource } from '../deviceTasks/ports.ts';
import { createReadList, type ReadList } from '../deviceTasks/readList.ts';
import type { ReadNames } from '../deviceTasks/readResults.ts';
import { createAcceptBatch } from './acceptBatch.ts';
import { createCancelBatch, type CancelBatch } from './cancelBatch.ts';
import { createCreateBatch, type CreateBatch } from './createBatch.ts';
import { createFollowBatch, type FollowBatch } from './followBatch.ts';
import type { AuditRecovery, BatchEvents, DeviceLookup, StepQueue } from './ports.ts';
import { createReadBatchDevices, type ReadBatchDevice, type ReadBatchPage } from './readBatchDevices.ts';
import { createResolvePart } from './resolvePart.ts';
import { createRetryBatch, type RetryBatch } from './retryBatch.ts';
import { createRunPart } from './runPart.ts';
import { createRunStep, type RunStep } from './runStep.ts';
import type { BatchKeys, BatchListPage, BatchStore, FindingStore, ReadBatchList } from './storePorts.ts';
import { createSweepBatches, type SweepBatches } from './sweepBatches.ts';

/** The use cases of batches. */
export interface BatchServices {
  readonly createBatch: CreateBatch;
  readonly followBatch: FollowBatch;
  readonly cancelBatch: CancelBatch;
  readonly readBatchPage: ReadBatchPage;
  readonly readBatchDevice: ReadBatchDevice;
  readonly listBatches: ReadList<BatchListPage>;
  readonly retryBatch: RetryBatch;
  readonly runStep: RunStep;
  readonly sweepBatches: SweepBatches;
}

export interface BatchServicesDeps {
  readonly source: TaskSource;
  readonly results: ResultStore;
  /** Reads devices of one task from wherever they are to be had. */
  readonly readNames: ReadNames;
  readonly batches: BatchStore;
  readonly batchList: ReadBatchList;
  readonly keys: BatchKeys;
  readonly findings: FindingStore;
  /** Left out if the vendor's API cannot look devices up, or no secret can be kept. */
  readonly lookup?: DeviceLookup | undefined;
  /** How long after its sending a creation that is unknown is first looked up. */
  readonly resolveAfterMs: number;
  readonly auditRecovery: AuditRecovery;
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
  const resolveAfterMs = ports.lookup === undefined ? undefined : ports.resolveAfterMs;
  const deps = { ...ports, resolveAfterMs, now: ports.clock.now };
  const followBatch = createFollowBatch(ports);
  const acceptBatch = createAcceptBatch(deps);
  return {
    followBatch,
    createBatch: createCreateBatch(acceptBatch),
    ...createReadBatchDevices({ ...ports, followBatch }),
    listBatches: createReadList(ports.batchList, ports.reportFault),
    cancelBatch: createCancelBatch({ ...deps, followBatch }),
    retryBatch: createRetryBatch({ followBatch, acceptBatch, clock: ports.clock }),
    runStep: createRunStep({ ...deps, runPart: createRunPart({ ...deps, resolvePart: createResolvePart(deps) }) }),
    sweepBatches: createSweepBatches(deps),
  };
}
