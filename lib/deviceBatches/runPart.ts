import type { Clock } from '../clock.ts';
import { findInconsistency, InconsistentResultsError } from '../deviceTasks/consistency.ts';
import { pickNames, type Device } from '../deviceTasks/device.ts';
import { hashNameSet } from '../deviceTasks/hashNames.ts';
import type { ReportFault, ResultStore, TaskCreation, TaskSource } from '../deviceTasks/ports.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import { applyEvent, type AppliedEvent } from './applyEvent.ts';
import type { BatchPart, BatchRef } from './batch.ts';
import { countStatuses, statusCharacter, type PartState } from './part.ts';
import { CLAIM_MS, type LookOutcome, type PartEvent, type SendOutcome } from './partSteps.ts';
import { persist } from './persist.ts';
import type { StepQueue } from './ports.ts';
import type { PartStep } from './steps.ts';
import type { ClaimedPart, ResolvePart } from './resolvePart.ts';
import type { BatchStore, FindingStore } from './storePorts.ts';
import { outcomeOfLooking, outcomeOfSending } from './vendorOutcomes.ts';

export interface RunPartDeps {
  readonly source: TaskSource;
  readonly results: ResultStore;
  readonly batches: BatchStore;
  readonly queue: StepQueue;
  readonly resolvePart: ResolvePart;
  readonly findings: FindingStore;
  /** How long after its sending a part whose creation is unknown is first looked up; left out if devices cannot be looked up. */
  readonly resolveAfterMs?: number | undefined;
  readonly reportFault: ReportFault;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** One of a kind. */
  readonly newClaimId: () => string;
}

/** Takes the next step of a part. @throws if table or queue are out of reach */
export type RunPart = (ref: BatchRef, number: number, context: RequestContext) => Promise<void>;

// A third of a claim: whoever sends under one has his answer long before others take him for dead.
const SENDING_MS = CLAIM_MS / 3;

/** A task's devices in the order of the request, or as they are if they are not those that were asked for. */
function inOrderOf(deviceNames: readonly string[], devices: readonly Device[]): readonly Device[] {
  const names = deviceNames.map((deviceName) => ({ deviceName }));
  return pickNames(names, devices) ?? devices;
}

const isTaken = (device: Device) => device.status === 'failed' && device.error.code === 'device-name-exists';

const isSentAgain = ({ state }: BatchPart) => 'firstSentAtMs' in state;

/** Does what a part's step says: one thing at the vendor's at a time, what came of it written before the next message. */
export function createRunPart(deps: RunPartDeps): RunPart {
  const { source, results, batches, queue, resolvePart, findings, resolveAfterMs, reportFault, clock, random, newClaimId } = deps;

  const apply = (ref: BatchRef, number: number, event: PartEvent) =>
    applyEvent({ batches, now: clock.now, random, resolveAfterMs }, ref, number, event);

  const sendMessage = async ({ productId, batchId }: BatchRef, { part, step: { message } }: AppliedEvent) => {
    if (message === undefined) return;
    const about = message.step === 'part' ? { part: part.number } : {};
    await queue.send([{ message: { productId, batchId, step: message.step, ...about }, delayS: message.delayS }]);
  };

  const creationOf = ({ deviceNames, expiresAtS }: BatchPart, nowMs: number): TaskCreation => ({
    createdAtS: Math.floor(nowMs / 1000),
    expiresAtS,
    totalDevices: deviceNames.length,
    namesHash: hashNameSet(deviceNames),
  });

  const send = async ({ productId }: BatchRef, { deviceNames }: BatchPart, context: RequestContext): Promise<SendOutcome> => {
    try {
      const deadlineMs = Math.min(context.deadlineMs, clock.now() + SENDING_MS);
      return { kind: 'created', taskId: await source.createTask(productId, deviceNames, { ...context, deadlineMs }) };
    } catch (error) {
      return outcomeOfSending(error, context.tally.lastSentAtMs);
    }
  };

  const store = async (ref: BatchRef, part: BatchPart, taskId: string, devices: readonly Device[]): Promise<LookOutcome> => {
    const { productId } = ref;
    const inconsistency = findInconsistency(devices, creationOf(part, clock.now()));
    if (inconsistency !== undefined) {
      reportFault('results-inconsistent', new InconsistentResultsError(inconsistency));
      return { kind: 'troubled' };
    }
    const ordered = inOrderOf(part.deviceNames, devices);
    if (isSentAgain(part) && ordered.some(isTaken)) return { kind: 'taken' };
    try {
      await results.save({ productId, taskId }, ordered, part.expiresAtS);
      return { kind: 'stored', statuses: ordered.map(statusCharacter).join('') };
    } catch (error) {
      reportFault('cache-write-failed', error);
      return { kind: 'not-now' };
    }
  };

  const look = async (ref: BatchRef, part: BatchPart, taskId: string, context: RequestContext): Promise<LookOutcome> => {
    const task = { productId: ref.productId, taskId };
    try {
      if ((await source.readStatus(task, context)) !== 'completed') return { kind: 'running' };
      return await store(ref, part, taskId, await source.readDevices(task, context));
    } catch (error) {
      return outcomeOfLooking(error);
    }
  };

  /** Never given up lightly: what is not written down is not known to anybody. */
  const applyFirmly = async (ref: BatchRef, number: number, event: PartEvent) => {
    let attempts = 0;
    const write = () => {
      attempts += 1;
      return apply(ref, number, event);
    };
    const applied = await persist(write, clock, reportFault);
    // An attempt whose answer was lost has written it, and what follows was not done: the message is to come again.
    if (attempts > 1 && applied?.step.next === undefined) throw new Error('an earlier attempt has written the part');
    return applied;
  };

  const noteTask = async ({ productId }: BatchRef, part: BatchPart, outcome: SendOutcome) => {
    if (outcome.kind !== 'created') return;
    try {
      await results.noteCreation({ productId, taskId: outcome.taskId }, creationOf(part, clock.now()));
    } catch (error) {
      reportFault('creation-not-recorded', error);
    }
  };

  /** @param step which claimed the part */
  const resolve = (ref: BatchRef, part: BatchPart, step: PartStep, context: RequestContext) => {
    const claimed = { ...part, state: step.next } as ClaimedPart; // what a claim writes
    const deadlineMs = Math.min(context.deadlineMs, claimed.state.dueAtMs - CLAIM_MS + SENDING_MS);
    return resolvePart(ref, claimed, { ...context, deadlineMs });
  };

  /** What was found lies in the results now; what is left of it expires. */
  const clearFindings = async (ref: BatchRef, number: number) => {
    try {
      await findings.clear(ref, number);
    } catch (error) {
      reportFault('findings-not-cleared', error);
    }
  };

  /** @returns what came of the step's action, if it has one */
  const act = async (ref: BatchRef, { part, step }: AppliedEvent, claimId: string, context: RequestContext): Promise<PartEvent | undefined> => {
    if (step.act === 'send') return { kind: 'sent', claimId, outcome: await send(ref, part, context) };
    if (step.act === 'resolve') return { kind: 'resolved', claimId, outcome: await resolve(ref, part, step, context) };
    if (step.act !== 'look') return undefined;
    const { taskId } = part.state as Extract<PartState, { state: 'waiting' }>; // only a part that waits is looked at
    return { kind: 'looked', taskId, outcome: await look(ref, part, taskId, context) };
  };

  return async (ref, number, context) => {
    const claimId = newClaimId();
    const taken = await apply(ref, number, { kind: 'message', claimId });
    if (taken === undefined) return;
    const event = await act(ref, taken, claimId, context);
    const done = event === undefined ? taken : await applyFirmly(ref, number, event);
    if (done === undefined) return;
    if (done.step.next?.state === 'done') context.tally.settled = countStatuses(done.step.next.statuses);
    await sendMessage(ref, done);
    if (event?.kind === 'resolved' && done.step.next?.state === 'done') await clearFindings(ref, number);
    if (event?.kind === 'sent') await noteTask(ref, done.part, event.outcome);
  };
}
