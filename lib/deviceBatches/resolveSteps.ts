import type { PartState } from './part.ts';
import { endFailed, end, endUnknown, GIVE_UP_AFTER_MS, hasGivenUp, lookAgain, NO_STEP, TROUBLED_FOR_MS, waitS, type PartStep, type StateOf, type StepSituation } from './steps.ts';

/** What the looks at the devices of a part brought so far. */
export type ResolveOutcome =
  /** Every device is decided, and what is known of them is stored; one status character a device. */
  | { readonly kind: 'settled'; readonly statuses: string; readonly taskId?: string }
  /** All were looked up, some are missing, and none of those that exist can be the sending's. */
  | { readonly kind: 'no-trace'; readonly nothingExists: boolean }
  /** `progressed`: something was found out. `isTroubled`: some answers cannot be read, or are refused. */
  | { readonly kind: 'unfinished'; readonly progressed: boolean; readonly isTroubled: boolean };

type Resolving = StateOf<'resolving'>;

const DAY_MS = 24 * 60 * 60 * 1000;

/** How devices compare with the sendings that may have created them. */
export type Verdict = 'ours' | 'existed' | 'unclear';

// The contract's figures, in whole seconds of the vendor's clock.
const SURELY_BEFORE_S = 3;
const OURS_FOR_S = 120;

/**
 * Whose a device is, by the second of its creation. @param createdAtS Unix seconds, the vendor's
 * @param sendings when the part was sent, by our clock, in Unix milliseconds @param aheadMs the vendor's clock less ours
 */
export function judgeDevice(createdAtS: number, sendings: readonly number[], aheadMs: number): Verdict {
  const ages = sendings.map((sentAtMs) => createdAtS - Math.floor((sentAtMs + aheadMs) / 1000));
  if (ages.every((ageS) => ageS <= -SURELY_BEFORE_S)) return 'existed';
  return ages.some((ageS) => ageS >= 0 && ageS <= OURS_FOR_S) ? 'ours' : 'unclear';
}

/** Whether a later look may still find what this one did not. */
export const isFirstLook = ({ look, taskId }: Resolving) => taskId === undefined && look % 2 === 1;

/** Whether what is not decided by now stays unknown. */
export function isLastLook({ troubledSinceMs = Infinity }: Resolving, situation: Pick<StepSituation, 'nowMs' | 'createdAtMs'>): boolean {
  return hasGivenUp(situation) || situation.nowMs - troubledSinceMs >= TROUBLED_FOR_MS;
}

/** A part was sent, and nobody can tell what that did: its devices are looked up, if they can be. @param sentAtMs by our clock */
export function startResolving({ firstSentAtMs, isCancelled }: StateOf<'sending'>, sentAtMs: number, situation: StepSituation): PartStep {
  const { resolveAfterMs, nowMs } = situation;
  if (resolveAfterMs === undefined) return endUnknown(situation);
  const sendings = firstSentAtMs === undefined ? [sentAtMs] : [firstSentAtMs, sentAtMs];
  const dueAtMs = sentAtMs + resolveAfterMs;
  const next = { state: 'resolving', dueAtMs, waits: 0, look: 2 * sendings.length - 1, sendings, isCancelled } as const;
  return { next, message: lookAgain(Math.max(0, Math.ceil((dueAtMs - nowMs) / 1000))) };
}

/** The second sending found names taken, which the first may have created. */
export function resolveTaken({ firstSentAtMs, taskId }: StateOf<'waiting'>, { nowMs }: StepSituation): PartStep {
  if (firstSentAtMs === undefined) return NO_STEP;
  const next: PartState = { state: 'resolving', dueAtMs: nowMs, waits: 0, look: 5, sendings: [firstSentAtMs], isCancelled: false, taskId };
  return { next, message: lookAgain(0) };
}

function onNoTrace(part: Resolving, nothingExists: boolean, situation: StepSituation): PartStep {
  const { nowMs, resolveAfterMs = 0 } = situation;
  if (isFirstLook(part)) {
    const delayS = Math.ceil((resolveAfterMs * 5) / 6 / 1000);
    return { next: { ...part, dueAtMs: nowMs + delayS * 1000, waits: 0, look: part.look + 1 }, message: lookAgain(delayS) };
  }
  const [firstSentAtMs, ...later] = part.sendings;
  if (part.isCancelled) return endFailed({ code: 'cancelled' }, situation);
  // Nothing of it exists, and a request is taken no more: it is certain that the sending did nothing.
  if (nothingExists && firstSentAtMs !== undefined && later.length === 0 && !hasGivenUp(situation))
    return { next: { state: 'queued', dueAtMs: nowMs, waits: 0, firstSentAtMs }, message: lookAgain(0) };
  return endFailed({ code: 'not-sent' }, situation);
}

/** What follows from a look at a part's devices. */
export function onResolved(claimed: Resolving, outcome: ResolveOutcome, situation: StepSituation): PartStep {
  const { nowMs, random, createdAtMs } = situation;
  const { claimId: _claimId, troubledSinceMs = nowMs, ...part } = claimed;
  switch (outcome.kind) {
    case 'settled': {
      const { kind: _kind, ...result } = outcome;
      return end(result, situation);
    }
    case 'no-trace':
      return onNoTrace(part, outcome.nothingExists, situation);
    case 'unfinished': {
      if (nowMs >= createdAtMs + GIVE_UP_AFTER_MS + DAY_MS) return endUnknown(situation);
      const delayS = outcome.progressed ? 0 : waitS(part.waits, random);
      const trouble = outcome.isTroubled ? { troubledSinceMs } : {};
      const next = { ...part, dueAtMs: nowMs + delayS * 1000, waits: outcome.progressed ? 0 : part.waits + 1, ...trouble };
      return { next, message: lookAgain(delayS) };
    }
  }
}
