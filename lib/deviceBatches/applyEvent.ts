import type { BatchPart, BatchRef } from './batch.ts';
import { takeStep, type PartEvent } from './partSteps.ts';
import type { PartStep } from './steps.ts';
import type { BatchStore } from './storePorts.ts';

export interface ApplyEventDeps {
  readonly batches: BatchStore;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** How long after its sending a part whose creation is unknown is first looked up; left out if devices cannot be looked up. */
  readonly resolveAfterMs?: number | undefined;
}

export interface AppliedEvent {
  /** As it was when the event met it. */
  readonly part: BatchPart;
  readonly step: PartStep;
}

// Each round is another process's write in between; two or three work at a part at the most.
const MAX_ROUNDS = 10;

/**
 * Lets an event happen to a part: its step is taken on the part as it stands, so that writers never undo each other.
 * @param part as it was read, if it was
 * @returns what is left to do, or `undefined` if there is no such part
 * @throws if the store is out of reach: then nobody knows whether the event happened
 */
export async function applyEvent(
  { batches, now, random, resolveAfterMs }: ApplyEventDeps,
  ref: BatchRef,
  number: number,
  event: PartEvent,
  part?: BatchPart,
): Promise<AppliedEvent | undefined> {
  let found = part;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    found ??= await batches.readPart(ref, number);
    if (found === undefined) return undefined;
    const situation = { nowMs: now(), random: random(), createdAtMs: found.createdAtS * 1000, size: found.deviceNames.length, resolveAfterMs };
    const step = takeStep(found.state, event, situation);
    if (step.next === undefined || (await batches.writePart(ref, found, step.next))) return { part: found, step };
    found = undefined;
  }
  throw new Error('the part changes too fast');
}
