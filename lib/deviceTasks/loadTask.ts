import type { Device, TaskRef } from './device.ts';
import type { ReportFault, ResultStore, StoredTask, TaskSource } from './ports.ts';
import type { RequestScope } from './requestScope.ts';
import type { Turn } from './takeTurn.ts';

/** A task as the vendor has it now, and what of it could be stored. */
export type FetchedTask =
  | { readonly status: 'pending' | 'running' }
  | { readonly status: 'completed'; readonly devices: readonly Device[]; readonly stored: StoredTask | undefined };

/** `stored-elsewhere`: completed, and another process has just stored its results: the store has them. */
export type LoadedTask = FetchedTask | { readonly status: 'stored-elsewhere' };

export interface LoadTaskDeps {
  readonly source: TaskSource;
  readonly store: ResultStore;
  readonly reportFault: ReportFault;
  /** Whose turn it is among processes; left out: always ours. */
  readonly takeTurn?: (ref: TaskRef, scope: RequestScope) => Promise<Turn>;
}

/**
 * `mayStore` is false where the store was just out of reach: trying again would only cost time.
 * `alone` fetches without asking whose turn it is; the answer is then never `stored-elsewhere`.
 */
export type LoadTask = (ref: TaskRef, scope: RequestScope, mayStore: boolean, alone?: boolean) => Promise<LoadedTask>;

const ALWAYS_OURS = () => Promise.resolve<Turn>({ kind: 'alone' });

async function fetchAndStore(deps: LoadTaskDeps, ref: TaskRef, scope: RequestScope, mayStore: boolean): Promise<FetchedTask> {
  const status = 'completed';
  const devices = await deps.source.readDevices(ref, scope);
  if (!mayStore) return { status, devices, stored: undefined };
  try {
    const { creation } = await deps.store.readTask(ref);
    return { status, devices, stored: await deps.store.save(ref, devices, creation?.expiresAtS) };
  } catch (error) {
    deps.reportFault('cache-write-failed', error);
    return { status, devices, stored: undefined };
  }
}

async function load(deps: LoadTaskDeps, ref: TaskRef, scope: RequestScope, mayStore: boolean, alone: boolean): Promise<LoadedTask> {
  const status = await deps.source.readStatus(ref, scope);
  if (status !== 'completed') return { status };
  const takeTurn = mayStore && !alone ? (deps.takeTurn ?? ALWAYS_OURS) : ALWAYS_OURS;
  const turn = await takeTurn(ref, scope);
  if (turn.kind === 'stored') return { status: 'stored-elsewhere' };
  try {
    return await fetchAndStore(deps, ref, scope, mayStore && turn.kind !== 'unreachable');
  } finally {
    if (turn.kind === 'ours') await turn.release();
  }
}

/**
 * Asks the vendor for a task: its status, then, once completed, all of its results, which are stored.
 * Concurrent loads of one task in this process share one; among processes a lease sees to it.
 */
export function createLoadTask(deps: LoadTaskDeps): LoadTask {
  const underWay = new Map<string, Promise<LoadedTask>>();
  return (ref, scope, mayStore, alone = false) => {
    const key = JSON.stringify([ref.productId, ref.taskId, mayStore, alone]);
    const shared = underWay.get(key);
    if (shared !== undefined) return shared;
    const loading = load(deps, ref, scope, mayStore, alone).finally(() => underWay.delete(key));
    underWay.set(key, loading);
    return loading;
  };
}

/** What a load came to: what the store holds now, or a task fetched just now. */
export type LoadOutcome<T> =
  | { readonly kind: 'stored'; readonly value: T }
  | { readonly kind: 'fetched'; readonly task: FetchedTask };

/** Loads a task; where another process stored it meanwhile, reads the store, and goes on alone if that fails. */
export async function loadOrReadStored<T>(
  loadTask: (alone: boolean) => Promise<LoadedTask>,
  readStored: () => Promise<T | undefined>,
): Promise<LoadOutcome<T>> {
  const loaded = await loadTask(false);
  if (loaded.status !== 'stored-elsewhere') return { kind: 'fetched', task: loaded };
  const value = await readStored();
  if (value !== undefined) return { kind: 'stored', value };
  const fetched = await loadTask(true);
  if (fetched.status === 'stored-elsewhere') throw new Error('a load that goes on alone fetches');
  return { kind: 'fetched', task: fetched };
}
