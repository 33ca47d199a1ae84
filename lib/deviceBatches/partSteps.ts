import type { DeviceError } from '../deviceTasks/device.ts';
import { failureCharacter, UNKNOWN, type DonePartState, type PartState } from './part.ts';

/** How the sending of a part ended. */
export type SendOutcome =
  | { readonly kind: 'created'; readonly taskId: string }
  /** The vendor refuses it for good; nothing was created. */
  | { readonly kind: 'refused'; readonly error: DeviceError }
  /** It surely did nothing, and may do better later: throttled, a vendor that is away, refused keys of ours. */
  | { readonly kind: 'not-now' }
  /** Nobody can tell what it did. */
  | { readonly kind: 'unknown' };

/** What a look at a part's task brought. */
export type LookOutcome =
  /** Completed, checked and stored; one status character a device. */
  | { readonly kind: 'stored'; readonly statuses: string }
  | { readonly kind: 'running' }
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
  | { readonly kind: 'looked'; readonly taskId: string; readonly outcome: LookOutcome };

/** What a step depends on besides the part's state and what happened. */
export interface StepSituation {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** In [0, 1): spreads what waits. */
  readonly random: number;
  /** When the batch was created, in Unix milliseconds. */
  readonly createdAtMs: number;
  /** Devices of the part. */
  readonly size: number;
}

/** What follows from an event: first the write, then the action or the message. Without anything it was a stray. */
export interface PartStep {
  /** The part's next state, to be written if the part still is as it was read. */
  readonly next?: PartState;
  /** What to do at the vendor's, once the write stands; its outcome is the next event. */
  readonly act?: 'send' | 'look';
  readonly message?: { readonly step: 'part' | 'complete'; readonly delayS: number };
}

type Of<S extends PartState['state']> = Extract<PartState, { state: S }>;

/** Who has claimed a part is done with the vendor by then, or dead. The vendor's time is kept well below it. */
export const CLAIM_MS = 30_000;
const GIVE_UP_AFTER_MS = 7 * 24 * 60 * 60 * 1000;
const TROUBLED_FOR_MS = 60 * 60 * 1000;
const FIRST_LOOK_S = 2;
const MAX_LOOK_S = 30;
const FIRST_WAIT_S = 2;
const MAX_WAIT_S = 60;

// Clocks of two processes differ by less. A message that comes earlier is a duplicate: another one is on its way.
const EARLY_MS = 1000;

const doubled = (firstS: number, times: number, maxS: number) => Math.min(maxS, firstS * 2 ** Math.min(times, 10));

/** Between half of the wait and all of it, so that what was turned away together does not come back together. */
function waitS(waits: number, random: number): number {
  return Math.ceil(doubled(FIRST_WAIT_S, waits, MAX_WAIT_S) * (0.5 + random / 2));
}

const hasGivenUp = ({ nowMs, createdAtMs }: StepSituation) => nowMs >= createdAtMs + GIVE_UP_AFTER_MS;

const NO_STEP: PartStep = {};
const complete = { step: 'complete', delayS: 0 } as const;

const lookAgain = (delayS: number) => ({ step: 'part', delayS }) as const;

function end(result: Omit<DonePartState, 'state' | 'doneAtMs'>, { nowMs }: StepSituation): PartStep {
  return { next: { state: 'done', doneAtMs: nowMs, ...result }, message: complete };
}

function endFailed(error: DeviceError, situation: StepSituation): PartStep {
  return end({ statuses: failureCharacter(error).repeat(situation.size), error }, situation);
}

const endUnknown = (situation: StepSituation) => end({ statuses: UNKNOWN.repeat(situation.size) }, situation);

/** The one place where the creation of a part is found to be unknown: what can resolve it begins here. */
const leaveUnknown = endUnknown;

function onMessage(part: PartState, claimId: string, situation: StepSituation): PartStep {
  // Whoever ended the part may have died before saying so.
  if (part.state === 'done') return { message: complete };
  const { nowMs } = situation;
  if (nowMs < part.dueAtMs - (part.state === 'sending' ? 0 : EARLY_MS)) return NO_STEP;
  switch (part.state) {
    case 'queued':
      if (hasGivenUp(situation)) return endFailed({ code: 'not-sent' }, situation);
      return { next: { state: 'sending', dueAtMs: nowMs + CLAIM_MS, waits: part.waits, claimId, isCancelled: false }, act: 'send' };
    case 'sending':
      return leaveUnknown(situation);
    case 'waiting':
      return { act: 'look' };
  }
}

function onCancelled(part: PartState, situation: StepSituation): PartStep {
  if (part.state === 'queued') return endFailed({ code: 'cancelled' }, situation);
  // It may have been sent; if it turns out that it was not, it will not be.
  return part.state === 'sending' && !part.isCancelled ? { next: { ...part, isCancelled: true } } : NO_STEP;
}

function onSent(part: Of<'sending'>, outcome: SendOutcome, situation: StepSituation): PartStep {
  const { nowMs, random } = situation;
  switch (outcome.kind) {
    case 'created': {
      const next = { state: 'waiting', dueAtMs: nowMs + FIRST_LOOK_S * 1000, waits: 0, looks: 0, taskId: outcome.taskId } as const;
      return { next, message: lookAgain(FIRST_LOOK_S) };
    }
    case 'refused':
      return endFailed(outcome.error, situation);
    case 'unknown':
      return leaveUnknown(situation);
    case 'not-now': {
      if (part.isCancelled) return endFailed({ code: 'cancelled' }, situation);
      const delayS = waitS(part.waits, random);
      return { next: { state: 'queued', dueAtMs: nowMs + delayS * 1000, waits: part.waits + 1 }, message: lookAgain(delayS) };
    }
  }
}

function onLooked(part: Of<'waiting'>, outcome: LookOutcome, situation: StepSituation): PartStep {
  const { nowMs, random } = situation;
  const { taskId, looks, waits } = part;
  if (outcome.kind === 'stored') return end({ statuses: outcome.statuses, taskId }, situation);
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
  } as const;
  return { next, message: lookAgain(delayS) };
}

/**
 * The next step of a part. Pure: the same event twice, or one that comes too late, changes nothing. A part is sent
 * again only from `queued`, and comes back there only if the vendor surely did nothing.
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
  }
}
