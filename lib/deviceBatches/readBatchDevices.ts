import type { BatchDevice, BatchDeviceStatus, Device } from '../deviceTasks/device.ts';
import { planPage, type PageQuery, type ResultsPage } from '../deviceTasks/paging.ts';
import type { NamesOfTask, ReportFault, ResultStore } from '../deviceTasks/ports.ts';
import type { ReadNames } from '../deviceTasks/readResults.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import { AppError } from '../errors.ts';
import { completedAtMs, sizeOf, type Batch, type BatchPart, type BatchRef } from './batch.ts';
import { fromStore, type FollowBatch } from './followBatch.ts';
import { findPlace, statusAt } from './partDevices.ts';

export interface ReadBatchDevicesDeps {
  readonly followBatch: FollowBatch;
  readonly results: ResultStore;
  /** Reads devices of one task from wherever they are to be had. */
  readonly readNames: ReadNames;
  readonly reportFault: ReportFault;
}

/** What a batch has to say of its devices at one moment. */
export interface BatchAnswer<T> {
  readonly value: T;
  /** Whether it can still change. */
  readonly isFinal: boolean;
}

export type BatchPageQuery = PageQuery<BatchDeviceStatus>;

/** A page of a batch's devices, in the order of the request. @throws AppError `batch-not-found`, `store-unavailable` */
export type ReadBatchPage = (
  ref: BatchRef,
  query: BatchPageQuery,
  withSecrets: boolean,
  context: RequestContext,
) => Promise<BatchAnswer<ResultsPage<BatchDevice>>>;

/** One device of a batch by its name. @throws AppError `batch-not-found`, `device-not-found`, `store-unavailable` */
export type ReadBatchDevice = (
  ref: BatchRef,
  deviceName: string,
  withSecrets: boolean,
  context: RequestContext,
) => Promise<BatchAnswer<BatchDevice>>;

/** A device's place in its batch. */
interface Place {
  readonly part: BatchPart;
  /** Within the part. */
  readonly position: number;
}

const UNREADABLE = 'Stored results of this batch cannot be read, and the vendor does not bring them now; try again later.';

const placesOf = ({ parts }: Batch): Place[] => parts.flatMap((part) => Array.from({ length: sizeOf(part) }, (_, position) => ({ part, position })));

/** The stored devices among these, by the task they are stored under. */
function groupByTask({ productId }: BatchRef, places: readonly Place[]): NamesOfTask[] {
  const stored = places.flatMap(({ part, position }) => {
    const found = findPlace(part, position);
    return found?.kind === 'stored' ? [{ taskId: found.taskId, name: { deviceName: part.deviceNames[position] ?? '', position } }] : [];
  });
  const byTask = Map.groupBy(stored, ({ taskId }) => taskId);
  return [...byTask].map(([taskId, inTask]) => ({ ref: { productId, taskId }, names: inTask.map(({ name }) => name) }));
}

/**
 * Reads a batch's devices out of its parts: a Query of the batch, then all headers and chunks that are needed at once.
 * Results that were stored and cannot be read any more are fetched from the vendor, as a task's are.
 */
export function createReadBatchDevices({ followBatch, results, readNames, reportFault }: ReadBatchDevicesDeps) {
  /** One task after the other: it is rare, and the vendor's time is short. */
  const readAnew = async (tasks: readonly NamesOfTask[], withSecrets: boolean, context: RequestContext) => {
    const devices: Device[] = [];
    try {
      for (const task of tasks) devices.push(...(await readNames(task, withSecrets, context)));
    } catch (error) {
      reportFault('batch-read-failed', error);
      throw new AppError('store-unavailable', UNREADABLE);
    }
    // How one of many tasks was had says nothing of the answer.
    delete context.tally.cache;
    return devices;
  };

  const readStored = async (tasks: readonly NamesOfTask[], withSecrets: boolean, context: RequestContext): Promise<readonly Device[]> => {
    if (tasks.length === 0) return [];
    if (withSecrets && !results.keepsSecrets) return readAnew(tasks, withSecrets, context);
    const lookups = await fromStore(results.readNames(tasks, withSecrets), reportFault);
    const found = lookups.flatMap((lookup) => (lookup.kind === 'found' ? lookup.value : []));
    const absent = tasks.filter((_, index) => lookups[index]?.kind !== 'found');
    return absent.length === 0 ? found : [...found, ...(await readAnew(absent, withSecrets, context))];
  };

  const readPlaces = async (ref: BatchRef, places: readonly Place[], withSecrets: boolean, context: RequestContext) => {
    const stored = await readStored(groupByTask(ref, places), withSecrets, context);
    const byName = new Map(stored.map((device) => [device.deviceName, device]));
    return places.flatMap(({ part, position }): BatchDevice[] => {
      const found = findPlace(part, position);
      const device = found?.kind === 'told' ? found.device : byName.get(part.deviceNames[position] ?? '');
      return device === undefined ? [] : [device];
    });
  };

  const readBatchPage: ReadBatchPage = async (ref, query, withSecrets, context) => {
    const batch = await followBatch(ref);
    const places = placesOf(batch);
    const { positions, totalItems, totalPages } = planPage(places.map(({ part, position }) => statusAt(part.state, position)), query);
    const devices = await readPlaces(ref, positions.flatMap((position) => places[position] ?? []), withSecrets, context);
    return { value: { devices, totalItems, totalPages }, isFinal: completedAtMs(batch) !== undefined };
  };

  const readBatchDevice: ReadBatchDevice = async (ref, deviceName, withSecrets, context) => {
    const batch = await followBatch(ref);
    const place = placesOf(batch).find(({ part, position }) => part.deviceNames[position] === deviceName);
    const [device] = place === undefined ? [] : await readPlaces(ref, [place], withSecrets, context);
    if (device === undefined) throw new AppError('device-not-found');
    return { value: device, isFinal: completedAtMs(batch) !== undefined };
  };

  return { readBatchPage, readBatchDevice };
}
