import type { ReportFault } from '../deviceTasks/ports.ts';
import { AppError } from '../errors.ts';
import type { Batch, BatchRef } from './batch.ts';
import type { BatchStore } from './storePorts.ts';

/** Reads a batch as it stands. @throws AppError `batch-not-found`, `store-unavailable` */
export type FollowBatch = (ref: BatchRef) => Promise<Batch>;

export interface FollowBatchDeps {
  readonly batches: BatchStore;
  readonly reportFault: ReportFault;
}

/** A store that cannot be reached is told to the client: of a batch nobody else knows. @throws AppError */
export async function fromStore<T>(read: Promise<T>, reportFault: ReportFault): Promise<T> {
  try {
    return await read;
  } catch (error) {
    reportFault('batch-read-failed', error);
    throw new AppError('store-unavailable');
  }
}

export function createFollowBatch({ batches, reportFault }: FollowBatchDeps): FollowBatch {
  return async (ref) => {
    const batch = await fromStore(batches.readBatch(ref), reportFault);
    if (batch === undefined) throw new AppError('batch-not-found');
    return batch;
  };
}
