import { AppError } from '../errors.ts';
import { withoutSecret, type Device, type TaskRef } from './device.ts';
import { planPage, statusesOf, type PageQuery } from './paging.ts';
import type { ResultStore } from './ports.ts';
import type { FetchedTask, ReadThrough, StoreLookup } from './readThrough.ts';
import type { RequestScope } from './requestScope.ts';

/** One page of a task's results; secrets are in it only if they were asked for. */
export interface ResultsPage {
  readonly devices: readonly Device[];
  readonly totalItems: number;
  readonly totalPages: number;
}

export interface ReadResultsDeps {
  readonly store: ResultStore;
  readonly readThrough: ReadThrough;
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
 * Reads a page of results: from the store if it stands there whole, otherwise from the vendor.
 * @throws AppError `task-not-completed`, or whatever the vendor's answer means
 */
export function createReadResults({ store, readThrough }: ReadResultsDeps): ReadResults {
  return (ref, query, withSecrets, scope) => {
    const lookUp = async (): Promise<StoreLookup<ResultsPage>> => {
      if (withSecrets && !store.keepsSecrets) return { kind: 'unusable' };
      const found = await store.readPage(ref, query, withSecrets);
      return found.kind === 'absent' ? found : { kind: 'found', value: found.page, expiresAtS: found.page.expiresAtS };
    };
    const answerFrom = (task: FetchedTask) => {
      if (task.status !== 'completed') throw notCompleted(task.status);
      return cutPage(task.devices, query, withSecrets);
    };
    return readThrough(ref, { lookUp, answerFrom }, scope);
  };
}

function notCompleted(taskStatus: 'pending' | 'running'): AppError {
  return new AppError('task-not-completed', `The task is ${taskStatus}; its results can be read once it is completed.`, {
    members: { taskStatus },
  });
}
