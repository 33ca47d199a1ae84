import type { Clock } from '../clock.ts';

/**
 * Waits until a call may be made. @param latestMs Unix milliseconds
 * @returns whether that is by then; if not, it did not wait, and nobody else has to wait for this call
 */
export type AdmitCall = (latestMs: number) => Promise<boolean>;

/** Spaces calls out evenly, in the order in which they ask. @param callsPerS above 0 */
export function createCallRate(callsPerS: number, clock: Clock): AdmitCall {
  const intervalMs = 1000 / callsPerS;
  let nextMs = -Infinity;
  return async (latestMs) => {
    const nowMs = clock.now();
    const atMs = Math.max(nowMs, nextMs);
    if (atMs > latestMs) return false;
    nextMs = atMs + intervalMs;
    if (atMs > nowMs) await clock.sleep(atMs - nowMs);
    return true;
  };
}
