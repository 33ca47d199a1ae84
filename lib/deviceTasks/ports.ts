import type { Device, TaskRef, TaskStatus } from './device.ts';
import type { PageQuery } from './paging.ts';
import type { RequestScope } from './requestScope.ts';

/** Where device tasks come from: the vendor. Every method throws `AppError`. */
export interface TaskSource {
  readonly readStatus: (ref: TaskRef, scope: RequestScope) => Promise<TaskStatus>;
  /** All results of a completed task, whole and in the vendor's order, secrets included. */
  readonly readDevices: (ref: TaskRef, scope: RequestScope) => Promise<readonly Device[]>;
  /** Creates a batch, once. @returns the id of its task */
  readonly createTask: (productId: string, deviceNames: readonly string[], scope: RequestScope) => Promise<string>;
}

export interface TaskCounts {
  readonly totalDevices: number;
  readonly createdDevices: number;
  readonly failedDevices: number;
}

/** What is noted of a task that was created through this API. Times in Unix seconds. */
export interface TaskCreation {
  readonly createdAtS: number;
  readonly expiresAtS: number;
  readonly totalDevices: number;
  /** SHA-256, base64url, over the JSON of the sorted names. */
  readonly namesHash: string;
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
  | {
      readonly kind: 'absent';
      /** Of the header that stands although the page is not whole. */
      readonly fetchId?: string;
    };

/** Where results of completed tasks are kept. Absent, expired and unreadable are all the same; faults throw. */
export interface ResultStore {
  /** Whether secrets can be stored at all; without a wrapping key they never are. */
  readonly keepsSecrets: boolean;
  readonly readTask: (ref: TaskRef) => Promise<TaskRecord>;
  /** A page is whole or absent; with secrets only if every one of them decrypts beside what stands in clear. */
  readonly readPage: (ref: TaskRef, query: PageQuery, withSecrets: boolean) => Promise<PageLookup>;
  /** Stores a completed task, its header last. @param endsAtS the task's own end, if it is known @returns what now stands */
  readonly save: (ref: TaskRef, devices: readonly Device[], endsAtS?: number) => Promise<StoredTask>;
  /** Notes a task created through this API. */
  readonly noteCreation: (ref: TaskRef, creation: TaskCreation) => Promise<void>;
}

/** Lets one process at a time fetch a task, so that a swarm does not. Throws where the store is out of reach. */
export interface FetchLease {
  /** @returns how to give the lease back, or `undefined` where another process holds it */
  readonly acquire: (ref: TaskRef) => Promise<(() => Promise<void>) | undefined>;
}

/** Tells the operator of a fault that the client never sees. */
export type ReportFault = (event: string, error: unknown) => void;
