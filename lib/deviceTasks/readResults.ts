import { AppError } from '../errors.ts';
import { withoutSecret, type Device, type TaskRef } from './device.ts';
import { loadOrReadStored, type LoadTask } from './loadTask.ts';
import { lookUp, valueOf, type LookUp } from './lookUp.ts';
import { planPage, statusesOf, type PageQuery } from './paging.ts';
import type { ReportFault, ResultStore, StoredPage } from './ports.ts';
import type { RequestScope } from './requestScope.ts';

/** One page of a task's results; secrets are in it only where they were asked for. */
export interface ResultsPage {
  readonly devices: readonly Device[];
  readonly totalItems: number;
  readonly totalPages: number;
}

export interface ReadResultsDeps {
  readonly store: ResultStore;
  readonly loadTask: LoadTask;
  readonly reportFault: ReportFault;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export type ReadResults = (
  ref: TaskRef,
  query: PageQuery,
  withSecrets: boolean,
  scope: RequestScope,
) => Promise<ResultsPage>;

/** Cuts a page out of a whole task. */
export function cutPage(all: readonly Device[], query: PageQuery, withSecrets: boolean): ResultsPage {
  const { positions, totalItems, totalPages } = planPage(statusesOf(all), query);
  const devices = positions.flatMap((position) => all[position] ?? []);
  return { devices: withSecrets ? devices : devices.map(withoutSecret), totalItems, totalPages };
}

/**
 * Reads a page of results: from the store where it stands whole, otherwise from the vendor.
 * @throws AppError `task-not-completed`, or whatever the vendor's answer means
 */
export function createReadResults(deps: ReadResultsDeps): ReadResults {
  const ask = async (ref: TaskRef, query: PageQuery, withSecrets: boolean): Promise<LookUp<StoredPage>> => {
    if (withSecrets && !deps.store.keepsSecrets) return { kind: 'unreachable' };
    const read = async () => {
      const lookup = await deps.store.readPage(ref, query, withSecrets);
      return lookup.kind === 'found' ? lookup.page : undefined;
    };
    return lookUp(read, deps.reportFault);
  };
  return async (ref, query, withSecrets, scope) => {
    const stored = await ask(ref, query, withSecrets);
    if (stored.kind === 'found') {
      const ttlS = stored.value.expiresAtS - Math.floor(deps.now() / 1000);
      scope.tally.cache = { kind: 'hit', ttlS };
      return stored.value;
    }
    const isReachable = stored.kind === 'absent';
    scope.tally.cache = isReachable ? { kind: 'miss', stored: false } : { kind: 'bypass' };
    const loaded = await loadOrReadStored(
      (alone) => deps.loadTask(ref, scope, isReachable, alone),
      async () => valueOf(await ask(ref, query, withSecrets)),
    );
    if (loaded.kind === 'stored') {
      scope.tally.cache = { kind: 'miss', stored: true };
      return loaded.value;
    }
    const { task } = loaded;
    if (task.status !== 'completed') throw notCompleted(task.status);
    if (isReachable) scope.tally.cache = { kind: 'miss', stored: task.stored !== undefined };
    return cutPage(task.devices, query, withSecrets);
  };
}

function notCompleted(taskStatus: 'pending' | 'running'): AppError {
  return new AppError('task-not-completed', `The task is ${taskStatus}; its results can be read once it is completed.`, {
    members: { taskStatus },
  });
}
