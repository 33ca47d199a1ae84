import type { Clock } from '../clock.ts';
import type { TaskRef } from './device.ts';
import type { FetchLease, ReportFault, ResultStore } from './ports.ts';
import type { RequestScope } from './requestScope.ts';

/** Whose turn it is to fetch a completed task's results. */
export type Turn =
  /** Ours; `release` when done. */
  | { readonly kind: 'ours'; readonly release: () => Promise<void> }
  /** Nobody's any more: another process has stored them. */
  | { readonly kind: 'stored' }
  /** The other one takes too long: go on without a lease. */
  | { readonly kind: 'alone' }
  /** Nobody can say: go on without a lease, and without storing, which would only cost time. */
  | { readonly kind: 'unreachable' };

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

// What fetching alone needs, at the least, after waiting in vain.
const FETCH_RESERVE_MS = 3000;

/** Takes the lease, or waits for its holder to store the task. Never throws: without a store there is no lease. */
export async function takeTurn(deps: TakeTurnDeps, ref: TaskRef, scope: RequestScope): Promise<Turn> {
  const { lease, store, reportFault, clock } = deps;
  let release: (() => Promise<void>) | undefined;
  const isStored = async () => (await store.readTask(ref)).completed !== undefined;
  try {
    const giveBack = await lease.acquire(ref);
    if (giveBack !== undefined) {
      release = () => giveBack().catch((error: unknown) => reportFault('lease-not-released', error));
      // Its last holder may have finished between our look at the store and now.
      if (!(await isStored())) return { kind: 'ours', release };
      await release();
      return { kind: 'stored' };
    }
    const untilMs = Math.min(clock.now() + MAX_WAIT_MS, scope.deadlineMs - FETCH_RESERVE_MS);
    while (clock.now() < untilMs) {
      await clock.sleep(POLL_MS);
      if (await isStored()) return { kind: 'stored' };
    }
    return { kind: 'alone' };
  } catch (error) {
    reportFault('lease-unavailable', error);
    // Not waited for: what fails to read may hang when it is written to. Left behind, a lease goes stale.
    void release?.();
    return { kind: 'unreachable' };
  }
}
