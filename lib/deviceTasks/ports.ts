import type { Device, TaskCounts, TaskRef, TaskStatus } from './device.ts';
import type { CreatedTask } from './idempotency.ts';
import type { PageQuery, ResultsPage } from './paging.ts';
import type { RequestContext } from './requestContext.ts';

/** Where device tasks come from: the vendor. Every method throws `AppError`. */
export interface TaskSource {
  /** Which of the vendor's APIs is asked, as clients are told. */
  readonly api: string;
  readonly readStatus: (ref: TaskRef, context: RequestContext) => Promise<TaskStatus>;
  /** All results of a completed task, whole and in the vendor's order, secrets included. */
  readonly readDevices: (ref: TaskRef, context: RequestContext) => Promise<readonly Device[]>;
  /** Creates a batch, once. @returns the id of its task */
  readonly createTask: (productId: string, deviceNames: readonly string[], context: RequestContext) => Promise<string>;
}

/** What is noted of a task that was created through this API. Times in Unix seconds. */
export interface TaskCreation {
  readonly createdAtS: number;
  /** The vendor forgets the task, and its keys with it, at this time. */
  readonly expiresAtS: number;
  readonly totalDevices: number;
  /** SHA-256, base64url, over the JSON of the sorted names. */
  readonly namesHash: string;
  /** Which of the vendor's APIs it was created through; older notes do not tell. */
  readonly api?: string;
}

/** A completed task as stored. */
export interface StoredTask extends TaskCounts {
  /** Unix seconds; the results are gone from then on. */
  readonly expiresAtS: number;
  /** Random, one per save. */
  readonly fetchId: string;
}

/** What the store knows of a task. */
export interface TaskRecord {
  readonly completed?: StoredTask;
  readonly creation?: TaskCreation;
}

/** What the store has to say to a question about results. */
export type Lookup<T> =
  | { readonly kind: 'found'; readonly value: T; /** Unix seconds. */ readonly expiresAtS: number }
  /** `fetchId`: of the header that stands although the answer is not whole. */
  | { readonly kind: 'absent'; readonly fetchId?: string | undefined };

/** A device of a task, and where among its results it should be. */
export interface PlacedName {
  readonly deviceName: string;
  readonly position: number;
}

/** Some devices of one task. */
export interface NamesOfTask {
  readonly ref: TaskRef;
  readonly names: readonly PlacedName[];
}

/** Where results of completed tasks are kept. What is missing, expired or unreadable is absent; faults throw. */
export interface ResultStore {
  /** Whether secrets can be stored at all; without a wrapping key they never are. */
  readonly keepsSecrets: boolean;
  readonly readTask: (ref: TaskRef) => Promise<TaskRecord>;
  /** A page is whole or absent; with secrets it is found only if every secret it needs stands and decrypts. */
  readonly readPage: (ref: TaskRef, query: PageQuery, withSecrets: boolean) => Promise<Lookup<ResultsPage>>;
  /** One device, whole or absent as a page is; found as `undefined` if the task has no device of this name. */
  readonly readDevice: (ref: TaskRef, deviceName: string, withSecrets: boolean) => Promise<Lookup<Device | undefined>>;
  /** Some devices of several tasks at once, in the order of their names; of each task all of them, whole, or absent. */
  readonly readNames: (tasks: readonly NamesOfTask[], withSecrets: boolean) => Promise<readonly Lookup<readonly Device[]>[]>;
  /**
   * Stores a completed task, its header last. @param endsAtS the task's own end in Unix seconds, if known
   * @param fetchId of the lease it was fetched under, if there is one
   */
  readonly save: (ref: TaskRef, devices: readonly Device[], endsAtS?: number, fetchId?: string) => Promise<StoredTask>;
  /** Notes a creation, and lists its task. @param createdAtMs Unix milliseconds: its place in the list of its product; left out, it is not listed */
  readonly noteCreation: (ref: TaskRef, creation: TaskCreation, createdAtMs?: number) => Promise<void>;
}

/** Which part of a list is asked for. */
export interface ListQuery {
  readonly pageSize: number;
  /** Where the page before ended; left out, the page is the first. */
  readonly cursor?: string;
}

/** A task as the list of its product has it. */
export interface ListedTask extends CreatedTask {
  /** If its results are stored. */
  readonly completed?: StoredTask;
}

export interface TaskListPage {
  /** Newest first. */
  readonly tasks: readonly ListedTask[];
  /** The cursor of the page that follows, if there is one. */
  readonly next?: string;
}

/** What was created through this API and has not expired. @returns `undefined` if the cursor is not of this list; faults throw */
export type ReadTaskList = (productId: string, query: ListQuery) => Promise<TaskListPage | undefined>;

/** A lease that this process holds. */
export interface HeldLease {
  /** What the task is stored under: a stored task tells so that its holder is done. */
  readonly fetchId: string;
  /** Gives the lease back if nothing was stored; after a save it is left to go stale. */
  readonly release: () => Promise<void>;
}

/** Lets one process at a time fetch a task, so that a swarm does not. Throws if the store is out of reach. */
export interface FetchLease {
  /**
   * @param doneFetchId of a stored copy that was found wanting: whoever fetched it holds nothing any more
   * @returns `undefined` if another process holds the lease
   */
  readonly acquire: (ref: TaskRef, doneFetchId?: string) => Promise<HeldLease | undefined>;
  /** @returns who holds the lease now, to be compared only; `undefined` if nobody does */
  readonly readHolder: (ref: TaskRef) => Promise<string | undefined>;
}

/** Tells the operator of a fault that the client never sees. */
export type ReportFault = (event: string, error: unknown) => void;
