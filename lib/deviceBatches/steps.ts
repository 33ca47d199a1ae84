import type { DeviceError } from '../deviceTasks/device.ts';
import { failureCharacter, UNKNOWN, type DonePartState, type PartState } from './part.ts';

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
  /** How long after its sending a part whose creation is unknown is first looked up; left out if devices cannot be looked up. */
  readonly resolveAfterMs?: number | undefined;
}

/** What follows from an event: first the write, then the action or the message. Without anything it was a stray. */
export interface PartStep {
  /** The part's next state, to be written if the part still is as it was read. */
  readonly next?: PartState;
  /** What to do at the vendor's, once the write stands; its outcome is the next event. */
  readonly act?: 'send' | 'look' | 'resolve';
  readonly message?: { readonly step: 'part' | 'complete'; readonly delayS: number };
}

export type StateOf<S extends PartState['state']> = Extract<PartState, { state: S }>;

export const GIVE_UP_AFTER_MS = 7 * 24 * 60 * 60 * 1000;
/** Trouble without a break is final after this. */
export const TROUBLED_FOR_MS = 60 * 60 * 1000;
const FIRST_WAIT_S = 2;
const MAX_WAIT_S = 60;

/** Doubles with each time, up to a limit. */
export const doubled = (firstS: number, times: number, maxS: number) => Math.min(maxS, firstS * 2 ** Math.min(times, 10));

/** Between half of the wait and all of it, so that what was turned away together does not come back together. */
export function waitS(waits: number, random: number): number {
  return Math.ceil(doubled(FIRST_WAIT_S, waits, MAX_WAIT_S) * (0.5 + random / 2));
}

export const hasGivenUp = ({ nowMs, createdAtMs }: Pick<StepSituation, 'nowMs' | 'createdAtMs'>) => nowMs >= createdAtMs + GIVE_UP_AFTER_MS;

export const NO_STEP: PartStep = {};
export const complete = { step: 'complete', delayS: 0 } as const;

export const lookAgain = (delayS: number) => ({ step: 'part', delayS }) as const;

export function end(result: Omit<DonePartState, 'state' | 'doneAtMs'>, { nowMs }: StepSituation): PartStep {
  return { next: { state: 'done', doneAtMs: nowMs, ...result }, message: complete };
}

export function endFailed(error: DeviceError, situation: StepSituation): PartStep {
  return end({ statuses: failureCharacter(error).repeat(situation.size), error }, situation);
}

export const endUnknown = (situation: StepSituation) => end({ statuses: UNKNOWN.repeat(situation.size) }, situation);
