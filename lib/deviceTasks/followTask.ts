import { AppError } from '../errors.ts';
import { countDevices, type TaskCounts, type TaskRef, type TaskStatus } from './device.ts';
import type { ResultStore, StoredTask, TaskCreation } from './ports.ts';
import type { FetchedTask, ReadThrough, StoreLookup } from './readThrough.ts';
import type { RequestContext } from './requestContext.ts';

/** How far a batch creation is. Times in Unix seconds. */
export interface TaskState extends Partial<TaskCounts> {
  readonly status: TaskStatus;
  /** Known of a task that was created through this API. */
  readonly createdAtS?: number;
  /** If known: the results, and the keys with them, are gone from then on. */
  readonly expiresAtS?: number;
}

export interface FollowTaskDeps {
  readonly store: ResultStore;
  readonly readThrough: ReadThrough;
}

export type FollowTask = (ref: TaskRef, context: RequestContext) => Promise<TaskState>;

/** What the header of stored results says. */
export function stateOfStored({ totalDevices, createdDevices, failedDevices, expiresAtS }: StoredTask): TaskState {
  return { status: 'completed', totalDevices, createdDevices, failedDevices, expiresAtS };
}

function stateOfFetched(task: FetchedTask): TaskState {
  if (task.status !== 'completed') return task;
  return task.stored === undefined ? { status: 'completed', ...countDevices(task.devices) } : stateOfStored(task.stored);
}

/** A vendor that calls a task completed and then its results unfinished has it running still. */
function toRunning(error: unknown): TaskState {
  if (error instanceof AppError && error.code === 'task-not-completed') return { status: 'running' };
  throw error;
}

/** A state, and what was noted of the task's creation, which knows less of counts and end than the results do. */
export function addCreation<State extends Partial<TaskState>>(state: State, { createdAtS, expiresAtS, totalDevices }: Omit<TaskCreation, 'namesHash'>) {
  return { ...state, totalDevices: state.totalDevices ?? totalDevices, createdAtS, expiresAtS: state.expiresAtS ?? expiresAtS };
}

/**
 * Follows a task. The first call that sees it completed fetches and stores its results, so that the
 * counts come with it and the reads after it are hits. @throws AppError as the vendor's answer means
 */
export function createFollowTask({ store, readThrough }: FollowTaskDeps): FollowTask {
  return async (ref, context) => {
    let creation: TaskCreation | undefined;
    const lookUp = async (): Promise<StoreLookup<TaskState>> => {
      const record = await store.readTask(ref);
      ({ creation } = record);
      const { completed } = record;
      return completed === undefined
        ? { kind: 'absent' }
        : { kind: 'found', value: stateOfStored(completed), expiresAtS: completed.expiresAtS };
    };
    const state = await readThrough(ref, { lookUp, answerFrom: stateOfFetched }, context).catch(toRunning);
    return creation === undefined ? state : addCreation(state, creation);
  };
}
