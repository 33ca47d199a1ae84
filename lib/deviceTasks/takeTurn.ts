import type { Clock } from '../clock.ts';
import type { TaskRef } from './device.ts';
import type { FetchLease, ReportFault, ResultStore, TaskCreation, TaskRecord } from './ports.ts';
import type { RequestScope } from './requestScope.ts';

/** What a process does about a completed task that it did not find in the store. */
export type Turn =
  /** It fetches the task, stores it, and calls `release` in the end. */
  | { readonly kind: 'fetch-and-store'; readonly creation: TaskCreation | undefined; readonly release: () => Promise<void> }
  /** It fetches the task and leaves the store alone. */
  | { readonly kind: 'fetch'; readonly creation: TaskCreation | undefined }
  /** It reads the store again: another process has stored the task. */
  | { readonly kind: 'stored' };

export interface TakeTurnDeps {
  readonly lease: FetchLease;
  readonly store: ResultStore;
  readonly reportFault: ReportFault;
  readonly clock: Clock;
}

// Fetching and storing a task takes a few hundred milliseconds; who needs longer than one attempt at the vendor may
// take is in trouble.
const MAX_WAIT_MS = 2500;
const POLL_MS = 50;

// What fetching without the lease needs, at the least, after waiting in vain.
const FETCH_RESERVE_MS = 3000;

const NOTHING_TO_RELEASE = () => Promise.resolve();

/** Waits for the lease's holder, who stores the task first and gives the lease up then. @returns whether it did so in time */
async function waitForHolder({ lease, clock }: TakeTurnDeps, ref: TaskRef, scope: RequestScope): Promise<boolean> {
  const untilMs = Math.min(clock.now() + MAX_WAIT_MS, scope.deadlineMs - FETCH_RESERVE_MS);
  const first = await lease.readHolder(ref);
  for (let holder = first; holder !== undefined && holder === first; holder = await lease.readHolder(ref)) {
    if (clock.now() >= untilMs) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}

/**
 * Takes the lease on a task, or waits for its holder. Whoever waited for a holder that stored nothing takes the
 * lease, if it is free, or else fetches at once: a swarm must not queue for results that cannot be shared.
 * Never throws: without a store there is no lease.
 * @param fetchId of the header that was found wanting; a task stored under another one is new
 */
export async function takeTurn(deps: TakeTurnDeps, ref: TaskRef, fetchId: string | undefined, scope: RequestScope): Promise<Turn> {
  const { lease, store, reportFault } = deps;
  const isStored = ({ completed }: TaskRecord) => completed !== undefined && completed.fetchId !== fetchId;
  let release = NOTHING_TO_RELEASE;
  const acquire = async (): Promise<Turn | undefined> => {
    const giveBack = await lease.acquire(ref);
    if (giveBack === undefined) return undefined;
    release = () => giveBack().catch((error: unknown) => reportFault('lease-not-released', error));
    // Its last holder may have finished between our look at the store and now.
    const record = await store.readTask(ref);
    if (!isStored(record)) return { kind: 'fetch-and-store', creation: record.creation, release };
    await release();
    return { kind: 'stored' };
  };
  try {
    const turn = await acquire();
    if (turn !== undefined) return turn;
    const isGivenUp = await waitForHolder(deps, ref, scope);
    const record = await store.readTask(ref);
    if (isStored(record)) return { kind: 'stored' };
    const { creation } = record;
    return isGivenUp ? ((await acquire()) ?? { kind: 'fetch', creation }) : { kind: 'fetch-and-store', creation, release };
  } catch (error) {
    reportFault('lease-unavailable', error);
    // Not waited for: what fails to read may hang when it is written to. Left behind, a lease goes stale.
    void release();
    return { kind: 'fetch', creation: undefined };
  }
}
