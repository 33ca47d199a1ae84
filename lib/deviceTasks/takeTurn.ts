import type { Clock } from '../clock.ts';
import type { TaskRef } from './device.ts';
import type { FetchLease, HeldLease, ReportFault, ResultStore } from './ports.ts';
import type { RequestContext } from './requestContext.ts';

/** What a process does about a completed task that it did not find in the store. */
export type Turn =
  /** It fetches the task and stores it, or gives the lease back; it has none if its holder is overdue. */
  | { readonly kind: 'fetch-and-store'; readonly lease?: HeldLease }
  /** It fetches the task and leaves the store alone. */
  | { readonly kind: 'fetch' }
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

/** Waits for the lease's holder, until it has stored the task or given the lease up. @returns what became of it in time */
async function waitForHolder(deps: TakeTurnDeps, ref: TaskRef, fetchId: string | undefined, context: RequestContext) {
  const { lease, store, clock } = deps;
  const untilMs = Math.min(clock.now() + MAX_WAIT_MS, context.deadlineMs - FETCH_RESERVE_MS);
  let first: string | undefined;
  for (;;) {
    const [holder, { completed }] = await Promise.all([lease.readHolder(ref), store.readTask(ref)]);
    if (completed !== undefined && completed.fetchId !== fetchId) return 'stored';
    first ??= holder;
    if (holder === undefined || holder !== first) return 'given-up';
    if (clock.now() >= untilMs) return 'overdue';
    await clock.sleep(POLL_MS);
  }
}

/**
 * Takes the lease on a task, or waits for its holder. Whoever waited for a holder that stored nothing takes the
 * lease, if it is free, or else fetches at once: a swarm must not queue for results that cannot be shared.
 * Never throws: without a store there is no lease.
 * @param fetchId of the header that was found wanting; a task stored under another one is new
 */
export async function takeTurn(deps: TakeTurnDeps, ref: TaskRef, fetchId: string | undefined, context: RequestContext): Promise<Turn> {
  const acquire = async (): Promise<Turn | undefined> => {
    const lease = await deps.lease.acquire(ref, fetchId);
    return lease && { kind: 'fetch-and-store', lease };
  };
  try {
    const turn = await acquire();
    if (turn !== undefined) return turn;
    const outcome = await waitForHolder(deps, ref, fetchId, context);
    if (outcome === 'stored') return { kind: 'stored' };
    if (outcome === 'overdue') return { kind: 'fetch-and-store' };
    return (await acquire()) ?? { kind: 'fetch' };
  } catch (error) {
    deps.reportFault('lease-unavailable', error);
    return { kind: 'fetch' };
  }
}
