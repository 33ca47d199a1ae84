import { AppError } from '../errors.ts';
import { pickNames, withoutSecret, type Device, type TaskRef } from './device.ts';
import { planPage, statusesOf, type PageQuery, type ResultsPage } from './paging.ts';
import type { Lookup, NamesOfTask, ResultStore } from './ports.ts';
import type { FetchedTask, ReadThrough, StoreLookup } from './readThrough.ts';
import type { RequestContext } from './requestContext.ts';

export interface ReadResultsDeps {
  readonly store: ResultStore;
  readonly readThrough: ReadThrough;
}

export type ReadResults = (
  ref: TaskRef,
  query: PageQuery,
  withSecrets: boolean,
  context: RequestContext,
) => Promise<ResultsPage>;

/** One device of a task; its secret is in it only if it was asked for. */
export type ReadDevice = (ref: TaskRef, deviceName: string, withSecrets: boolean, context: RequestContext) => Promise<Device>;

/** Some devices of one task, in the order of their names; secrets are in them only if they were asked for. */
export type ReadNames = (task: NamesOfTask, withSecrets: boolean, context: RequestContext) => Promise<readonly Device[]>;

/** Cuts a page out of a whole task. */
export function cutPage(all: readonly Device[], query: PageQuery, withSecrets: boolean): ResultsPage {
  const { positions, totalItems, totalPages } = planPage(statusesOf(all), query);
  const devices = positions.flatMap((position) => all[position] ?? []);
  return { devices: withSecrets ? devices : devices.map(withoutSecret), totalItems, totalPages };
}

/** A question about the results of a completed task. */
interface ResultsQuestion<T> {
  readonly lookUp: () => Promise<Lookup<T>>;
  readonly answerFrom: (all: readonly Device[]) => T;
}

/**
 * Reads results: from the store if they stand there whole, otherwise from the vendor.
 * @throws AppError `task-not-completed`, or whatever the vendor's answer means
 */
function readCompleted<T>(
  { store, readThrough }: ReadResultsDeps,
  ref: TaskRef,
  question: ResultsQuestion<T>,
  withSecrets: boolean,
  context: RequestContext,
): Promise<T> {
  const lookUp = async (): Promise<StoreLookup<T>> => (withSecrets && !store.keepsSecrets ? { kind: 'unusable' } : question.lookUp());
  const answerFrom = (task: FetchedTask) => {
    if (task.status !== 'completed') throw notCompleted(task.status);
    return question.answerFrom(task.devices);
  };
  return readThrough(ref, { lookUp, answerFrom }, context);
}

/** Reads a page of results. @throws AppError */
export function createReadResults(deps: ReadResultsDeps): ReadResults {
  return (ref, query, withSecrets, context) => {
    const lookUp = () => deps.store.readPage(ref, query, withSecrets);
    return readCompleted(deps, ref, { lookUp, answerFrom: (all) => cutPage(all, query, withSecrets) }, withSecrets, context);
  };
}

/** Reads the result of one name. @throws AppError `device-not-found` if a completed task does not have it */
export function createReadDevice(deps: ReadResultsDeps): ReadDevice {
  return async (ref, deviceName, withSecrets, context) => {
    const lookUp = () => deps.store.readDevice(ref, deviceName, withSecrets);
    const answerFrom = (all: readonly Device[]) => {
      const device = all.find((one) => one.deviceName === deviceName);
      return device === undefined || withSecrets ? device : withoutSecret(device);
    };
    const device = await readCompleted(deps, ref, { lookUp, answerFrom }, withSecrets, context);
    if (device === undefined) throw new AppError('device-not-found');
    return device;
  };
}

/** Reads the results of some names. @throws AppError, also if the task does not have one of them */
export function createReadNames(deps: ReadResultsDeps): ReadNames {
  return async (task, withSecrets, context) => {
    const lookUp = async () => (await deps.store.readNames([task], withSecrets))[0] ?? ({ kind: 'absent' } as const);
    const answerFrom = (all: readonly Device[]) => pickNames(task.names, withSecrets ? all : all.map(withoutSecret));
    const devices = await readCompleted<readonly Device[] | undefined>(deps, task.ref, { lookUp, answerFrom }, withSecrets, context);
    if (devices === undefined) throw new AppError('device-not-found');
    return devices;
  };
}

function notCompleted(taskStatus: 'pending' | 'running'): AppError {
  return new AppError('task-not-completed', `The task is ${taskStatus}; its results can be read once it is completed.`, {
    members: { taskStatus },
  });
}
