import type { DeviceError } from '../deviceTasks/device.ts';
import type { PartState } from './part.ts';
import { onResolved, resolveTaken, startResolving, type ResolveOutcome } from './resolveSteps.ts';
import { complete, doubled, end, endFailed, endUnknown, hasGivenUp, lookAgain, NO_STEP, TROUBLED_FOR_MS, waitS, type PartStep, type StateOf, type StepSituation } from './steps.ts';

/** How the sending of a part ended. */
export type SendOutcome =
  | { readonly kind: 'created'; readonly taskId: string }
  /** The vendor refuses it for good; nothing was created. */
  | { readonly kind: 'refused'; readonly error: DeviceError }
  /** It surely did nothing, and may do better later: throttled, a vendor that is away, refused keys of ours. */
  | { readonly kind: 'not-now' }
  /** Nobody can tell what it did. `sentAtMs`: when it was sent, if that is known more closely than by its claim. */
  | { readonly kind: 'unknown'; readonly sentAtMs?: number };

/** What a look at a part's task brought. */
export type LookOutcome =
  /** Completed, checked and stored; one status character a device. */
  | { readonly kind: 'stored'; readonly statuses: string }
  | { readonly kind: 'running' }
  /** Completed, and the second sending found names taken. */
  | { readonly kind: 'taken' }
  /** The vendor is away, or the store did not take the results. */
  | { readonly kind: 'not-now' }
  /** The task is not found, or its results are unreadable or inconsistent. */
  | { readonly kind: 'troubled' };

/** What happened to a part. */
export type PartEvent =
  /** A message says that somebody should look. `claimId`: one of a kind, to claim the part under. */
  | { readonly kind: 'message'; readonly claimId: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'sent'; readonly claimId: string; readonly outcome: SendOutcome }
  | { readonly kind: 'looked'; readonly taskId: string; readonly outcome: LookOutcome }
  | { readonly kind: 'resolved'; readonly claimId: string; readonly outcome: ResolveOutcome };

/** Who has claimed a part is done with the vendor by then, or dead. The vendor's time is kept well below it. */
export const CLAIM_MS = 30_000;
const FIRST_LOOK_S = 2;
const MAX_LOOK_S = 30;

// Clocks of two processes differ by less. A message that comes earlier is a duplicate: another one is on its way.
const EARLY_MS = 1000;

/** The earliest that a claimed part can have been sent. */
const claimedAtMs = ({ dueAtMs }: StateOf<'sending'>) => dueAtMs - CLAIM_MS;

const againOf = ({ firstSentAtMs }: { readonly firstSentAtMs?: number }) => (firstSentAtMs === undefined ? {} : { firstSentAtMs });

function onMessage(part: PartState, claimId: string, situation: StepSituation): PartStep {
  // Whoever ended the part may have died before saying so.
  if (part.state === 'done') return { message: complete };
  const { nowMs } = situation;
  const isClaimed = 'claimId' in part;
  if (nowMs < part.dueAtMs - (isClaimed ? 0 : EARLY_MS)) return NO_STEP;
  switch (part.state) {
    case 'queued':
      if (hasGivenUp(situation)) return endFailed({ code: 'not-sent' }, situation);
      return { next: { ...part, state: 'sending', dueAtMs: nowMs + CLAIM_MS, claimId, isCancelled: false }, act: 'send' };
    case 'sending':
      return startResolving(part, claimedAtMs(part), situation);
    case 'waiting':
      return { act: 'look' };
    case 'resolving':
      return { next: { ...part, dueAtMs: nowMs + CLAIM_MS, claimId }, act: 'resolve' };
  }
}

function onCancelled(part: PartState, situation: StepSituation): PartStep {
  if (part.state === 'queued') return endFailed({ code: 'cancelled' }, situation);
  // It may have been sent; if it turns out that it was not, it will not be.
  const isHeld = part.state === 'sending' || part.state === 'resolving';
  return isHeld && !part.isCancelled ? { next: { ...part, isCancelled: true } } : NO_STEP;
}

function onSent(part: StateOf<'sending'>, outcome: SendOutcome, situation: StepSituation): PartStep {
  const { nowMs, random } = situation;
  switch (outcome.kind) {
    case 'created': {
      const next = { state: 'waiting', dueAtMs: nowMs + FIRST_LOOK_S * 1000, waits: 0, looks: 0, taskId: outcome.taskId, ...againOf(part) } as const;
      return { next, message: lookAgain(FIRST_LOOK_S) };
    }
    case 'refused':
      return endFailed(outcome.error, situation);
    case 'unknown':
      return startResolving(part, outcome.sentAtMs ?? claimedAtMs(part), situation);
    case 'not-now': {
      if (part.isCancelled) return endFailed({ code: 'cancelled' }, situation);
      const delayS = waitS(part.waits, random);
      return { next: { state: 'queued', dueAtMs: nowMs + delayS * 1000, waits: part.waits + 1, ...againOf(part) }, message: lookAgain(delayS) };
    }
  }
}

function onLooked(part: StateOf<'waiting'>, outcome: LookOutcome, situation: StepSituation): PartStep {
  const { nowMs, random } = situation;
  const { taskId, looks, waits } = part;
  if (outcome.kind === 'stored') return end({ statuses: outcome.statuses, taskId }, situation);
  if (outcome.kind === 'taken') return resolveTaken(part, situation);
  const troubledSinceMs = part.troubledSinceMs ?? nowMs;
  const isTroubled = outcome.kind === 'troubled';
  if (hasGivenUp(situation) || (isTroubled && nowMs - troubledSinceMs >= TROUBLED_FOR_MS)) return endUnknown(situation);
  const isRunning = outcome.kind === 'running';
  const delayS = isRunning ? doubled(FIRST_LOOK_S, looks + 1, MAX_LOOK_S) : waitS(waits, random);
  const next = {
    state: 'waiting',
    dueAtMs: nowMs + delayS * 1000,
    waits: isRunning ? 0 : waits + 1,
    looks: looks + 1,
    taskId,
    ...(isTroubled ? { troubledSinceMs } : {}),
    ...againOf(part),
  } as const;
  return { next, message: lookAgain(delayS) };
}

/**
 * The next step of a part. Pure: the same event twice, or one that comes too late, changes nothing. A part is sent
 * again only from `queued`, and comes back there only if the vendor surely did nothing, or, once, if none of its devices
 * exists long after a sending whose outcome is unknown.
 */
export function takeStep(part: PartState, event: PartEvent, situation: StepSituation): PartStep {
  switch (event.kind) {
    case 'message':
      return onMessage(part, event.claimId, situation);
    case 'cancelled':
      return onCancelled(part, situation);
    case 'sent':
      return part.state === 'sending' && part.claimId === event.claimId ? onSent(part, event.outcome, situation) : NO_STEP;
    case 'looked':
      return part.state === 'waiting' && part.taskId === event.taskId ? onLooked(part, event.outcome, situation) : NO_STEP;
    case 'resolved':
      return part.state === 'resolving' && part.claimId === event.claimId ? onResolved(part, event.outcome, situation) : NO_STEP;
  }
}
