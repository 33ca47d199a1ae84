import type { Device, TaskCounts, TaskRef, TaskStatus } from './device.ts';
import type { PageQuery } from './paging.ts';
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

export interface StoredPage {
  readonly devices: readonly Device[];
  readonly totalItems: number;
  readonly totalPages: number;
  /** Unix seconds. */
  readonly expiresAtS: number;
}

export type PageLookup =
  | { readonly kind: 'found'; readonly page: StoredPage }
  /** `fetchId`: of the header that stands although the page is not whole. */
  | { readonly kind: 'absent'; readonly fetchId?: string };

/** Where results of completed tasks are kept. What is missing, expired or unreadable is absent; faults throw. */
export interface ResultStore {
  /** Whether secrets can be stored at all; without a wrapping key they never are. */
  readonly keepsSecrets: boolean;
  readonly readTask: (ref: TaskRef) => Promise<TaskRecord>;
  /** A page is whole or absent; with secrets it is found only if every secret it needs stands and decrypts. */
  readonly readPage: (ref: TaskRef, query: PageQuery, withSecrets: boolean) => Promise<PageLookup>;
  /** Stores a completed task, its header last. @param endsAtS the task's own end in Unix seconds, if known */
  readonly save: (ref: TaskRef, devices: readonly Device[], endsAtS?: number) => Promise<StoredTask>;
  readonly noteCreation: (ref: TaskRef, creation: TaskCreation) => Promise<void>;
}

/** Lets one process at a time fetch a task, so that a swarm does not. Throws if the store is out of reach. */
export interface FetchLease {
  /** @returns how to give the lease back, or `undefined` if another process holds it */
  readonly acquire: (ref: TaskRef) => Promise<(() => Promise<void>) | undefined>;
  /** @returns who holds the lease now, to be compared only; `undefined` if nobody does */
  readonly readHolder: (ref: TaskRef) => Promise<string | undefined>;
}

/** Tells the operator of a fault that the client never sees. */
export type ReportFault = (event: string, error: unknown) => void;
