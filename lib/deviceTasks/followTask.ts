import type { TaskRef, TaskStatus } from './device.ts';
import { loadOrReadStored, type LoadTask } from './loadTask.ts';
import { lookUp, valueOf } from './lookUp.ts';
import { countDevices } from './paging.ts';
import type { ReportFault, ResultStore, StoredTask, TaskCounts } from './ports.ts';
import type { RequestScope } from './requestScope.ts';

/** How far a batch creation is. */
export interface TaskState {
  readonly status: TaskStatus;
  /** Of a completed task only. */
  readonly counts?: TaskCounts;
  /** Unix seconds, where known: the results, and the keys with them, are gone from then on. */
  readonly expiresAtS?: number;
}

export interface FollowTaskDeps {
  readonly store: ResultStore;
  readonly loadTask: LoadTask;
  readonly reportFault: ReportFault;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export type FollowTask = (ref: TaskRef, scope: RequestScope) => Promise<TaskState>;

/**
 * Follows a task. The first call that sees it completed fetches and stores its results, so that the
 * counts come with it and the reads after it are hits. @throws AppError as the vendor's answer means
 */
export function createFollowTask(deps: FollowTaskDeps): FollowTask {
  const ask = (ref: TaskRef) => lookUp(() => deps.store.readTask(ref), deps.reportFault);
  const present = ({ totalDevices, createdDevices, failedDevices, expiresAtS }: StoredTask): TaskState => ({
    status: 'completed',
    counts: { totalDevices, createdDevices, failedDevices },
    expiresAtS,
  });
  return async (ref, scope) => {
    const record = await ask(ref);
    const { completed, creation } = valueOf(record) ?? {};
    if (completed !== undefined) {
      scope.tally.cache = { kind: 'hit', ttlS: completed.expiresAtS - Math.floor(deps.now() / 1000) };
      return present(completed);
    }
    const isReachable = record.kind !== 'unreachable';
    scope.tally.cache = isReachable ? { kind: 'miss', stored: false } : { kind: 'bypass' };
    const loaded = await loadOrReadStored(
      (alone) => deps.loadTask(ref, scope, isReachable, alone),
      async () => valueOf(await ask(ref))?.completed,
    );
    if (loaded.kind === 'stored') {
      scope.tally.cache = { kind: 'miss', stored: true };
      return present(loaded.value);
    }
    const { task } = loaded;
    const life = creation === undefined ? {} : { expiresAtS: creation.expiresAtS };
    if (task.status !== 'completed') return { status: task.status, ...life };
    if (isReachable) scope.tally.cache = { kind: 'miss', stored: task.stored !== undefined };
    if (task.stored !== undefined) return present(task.stored);
    return { status: 'completed', counts: countDevices(task.devices), ...life };
  };
}
