import type { Clock } from '../clock.ts';
import { findInconsistency, InconsistentResultsError } from './consistency.ts';
import type { Device, TaskRef } from './device.ts';
import { explainNotFound } from './explainNotFound.ts';
import type { FetchLease, HeldLease, Lookup, ReportFault, ResultStore, StoredTask, TaskCreation, TaskRecord, TaskSource } from './ports.ts';
import type { RequestContext } from './requestContext.ts';
import { takeTurn } from './takeTurn.ts';

/** What the store has to say to a question. */
export type StoreLookup<T> =
  | Lookup<T>
  /** The store cannot be used for this question. */
  | { readonly kind: 'unusable' };

/** A task as the vendor has it now, and what of it was stored. */
export type FetchedTask =
  | { readonly status: 'pending' | 'running' }
  | { readonly status: 'completed'; readonly devices: readonly Device[]; readonly stored?: StoredTask };

/** A question about a task, with its two ways to an answer. */
export interface Question<T> {
  readonly lookUp: () => Promise<StoreLookup<T>>;
  readonly answerFrom: (task: FetchedTask) => T;
}

export interface ReadThroughDeps {
  readonly source: TaskSource;
  readonly store: ResultStore;
  readonly lease: FetchLease;
  readonly reportFault: ReportFault;
  readonly clock: Clock;
}

/** Answers from the store if it can, otherwise from the vendor. @throws AppError as the vendor's answer means */
export type ReadThrough = <T>(ref: TaskRef, question: Question<T>, context: RequestContext) => Promise<T>;

type Load<T> = (ref: TaskRef, fetchId: string | undefined, context: RequestContext) => Promise<T>;

/** Lets concurrent loads of one task in this process share one. */
function shareLoads<T>(load: Load<T>): Load<T> {
  const underWay = new Map<string, Promise<T>>();
  return (ref, fetchId, context) => {
    const key = JSON.stringify([ref.productId, ref.taskId, fetchId]);
    const shared = underWay.get(key);
    if (shared !== undefined) return shared;
    const loading = load(ref, fetchId, context).finally(() => underWay.delete(key));
    underWay.set(key, loading);
    return loading;
  };
}

/** The one way from a question about a task to its answer: store, vendor, store. */
export function createReadThrough(deps: ReadThroughDeps): ReadThrough {
  const { source, store, reportFault, clock } = deps;
  const explained = explainNotFound(deps);

  const lookUp = async <T>(question: Question<T>): Promise<StoreLookup<T>> => {
    try {
      const found = await question.lookUp();
      // A header without its parts may be a save that was read while it was written: then it is whole by now.
      return found.kind === 'absent' && found.fetchId !== undefined ? await question.lookUp() : found;
    } catch (error) {
      reportFault('cache-read-failed', error);
      return { kind: 'unusable' };
    }
  };

  /** Tells the operator of results that must not be stored. @returns whether they may be */
  const checkResults = (devices: readonly Device[], creation?: TaskCreation): boolean => {
    const inconsistency = findInconsistency(devices, creation);
    if (inconsistency === undefined) return true;
    reportFault('results-inconsistent', new InconsistentResultsError(inconsistency));
    return false;
  };

  /** A completed task without the store: it is out of reach, or trying it again would only cost time. */
  const fetchDevices = async (ref: TaskRef, context: RequestContext): Promise<FetchedTask> => {
    const devices = await source.readDevices(ref, context);
    checkResults(devices);
    return { status: 'completed', devices };
  };

  const fetchOnly = shareLoads(async (ref, _fetchId, context): Promise<FetchedTask> => {
    const status = await source.readStatus(ref, context);
    return status === 'completed' ? fetchDevices(ref, context) : { status };
  });

  /** What is known of the task, its creation above all; `undefined` if the store is out of reach. */
  const readRecord = async (ref: TaskRef): Promise<TaskRecord | undefined> => {
    try {
      return await store.readTask(ref);
    } catch (error) {
      reportFault('cache-read-failed', error);
      return undefined;
    }
  };

  const save = async (...given: Parameters<ResultStore['save']>): Promise<{ stored?: StoredTask }> => {
    try {
      return { stored: await store.save(...given) };
    } catch (error) {
      reportFault('cache-write-failed', error);
      return {};
    }
  };

  /** Fetches a completed task, reads beside it what its names are compared with, and stores it; else the lease is given back. */
  const fetchUnderLease = async (ref: TaskRef, lease: HeldLease | undefined, context: RequestContext): Promise<FetchedTask> => {
    let saved: { stored?: StoredTask } = {};
    try {
      const [devices, record] = await Promise.all([explained.readDevices(ref, context), readRecord(ref)]);
      const mayStore = checkResults(devices, record?.creation) && record !== undefined;
      if (mayStore) saved = await save(ref, devices, record.creation?.expiresAtS, lease?.fetchId);
      return { status: 'completed', devices, ...saved };
    } finally {
      if (saved.stored === undefined) await lease?.release().catch((error: unknown) => reportFault('lease-not-released', error));
    }
  };

  /** One fetch among all processes, as far as the lease sees to it. @returns `stored` if another process stored the task */
  const fetchAndStore = shareLoads(async (ref, fetchId, context): Promise<FetchedTask | 'stored'> => {
    // A header stands for a completed task only. Asked before the lease, so that polls of a running task write nothing.
    const status = fetchId === undefined ? await explained.readStatus(ref, context) : 'completed';
    if (status !== 'completed') return { status };
    const turn = await takeTurn(deps, ref, fetchId, context);
    if (turn.kind === 'stored') return 'stored';
    return turn.kind === 'fetch' ? fetchDevices(ref, context) : fetchUnderLease(ref, turn.lease, context);
  });

  return async (ref, question, context) => {
    const { tally } = context;
    const found = await lookUp(question);
    if (found.kind === 'found') {
      tally.cache = { kind: 'hit', ttlS: found.expiresAtS - Math.floor(clock.now() / 1000) };
      return found.value;
    }
    if (found.kind === 'unusable') {
      tally.cache = { kind: 'bypass' };
      return question.answerFrom(await fetchOnly(ref, undefined, context));
    }
    tally.cache = { kind: 'miss', stored: false };
    const fetched = await fetchAndStore(ref, found.fetchId, context);
    if (fetched !== 'stored') {
      tally.cache = { kind: 'miss', stored: 'stored' in fetched };
      return question.answerFrom(fetched);
    }
    const storedNow = await lookUp(question);
    if (storedNow.kind !== 'found') return question.answerFrom(await fetchOnly(ref, undefined, context));
    tally.cache = { kind: 'miss', stored: true };
    return storedNow.value;
  };
}
