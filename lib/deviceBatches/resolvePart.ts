import type { Clock } from '../clock.ts';
import type { Device } from '../deviceTasks/device.ts';
import type { ReportFault, ResultStore, TaskSource } from '../deviceTasks/ports.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import type { BatchPart, BatchRef } from './batch.ts';
import { KEY_TIME_MS, lookUpDevice, type LookUpDeviceDeps } from './lookUpDevice.ts';
import { UNKNOWN } from './part.ts';
import { persist } from './persist.ts';
import type { AuditRecovery, DeviceLookup } from './ports.ts';
import { isFirstLook, isLastLook, type ResolveOutcome } from './resolveSteps.ts';
import { settleDevices, type SettledDevices } from './settleDevices.ts';
import type { StateOf } from './steps.ts';
import type { BatchStore, Finding, FindingStore, OpenFindings } from './storePorts.ts';
import { outcomeOfLooking } from './vendorOutcomes.ts';

export interface ResolvePartDeps {
  readonly source: TaskSource;
  readonly results: ResultStore;
  readonly batches: BatchStore;
  /** Left out if the vendor's API cannot look devices up, or no secret can be kept. */
  readonly lookup?: DeviceLookup | undefined;
  readonly findings: FindingStore;
  readonly auditRecovery: AuditRecovery;
  readonly reportFault: ReportFault;
  readonly clock: Clock;
}

/** A part whose devices are looked up, under a claim. */
export type ClaimedPart = BatchPart & { readonly state: StateOf<'resolving'> & { readonly claimId: string } };

/** Looks up as many of a part's devices as there is time for. @throws if the table or the wrapping key is out of reach */
export type ResolvePart = (ref: BatchRef, part: ClaimedPart, context: RequestContext) => Promise<ResolveOutcome>;

// One look at a device, with the fetch of its key and the write of both.
const DEVICE_TIME_MS = KEY_TIME_MS + 1500;

const unfinished = (progressed: boolean, isTroubled = false): ResolveOutcome => ({ kind: 'unfinished', progressed, isTroubled });

/** Names what is stored of a part that was looked up: no id of the vendor's has this form. One a claim, so that no writer undoes another. */
export function resolvedTaskId({ batchId }: BatchRef, { number, state }: ClaimedPart): string {
  return `${batchId}-${number}-${state.claimId.slice(-8)}`;
}

/** Whether a finding says that the sending did something. */
function isTrace(finding: Finding): boolean {
  if (finding.kind === 'device') return finding.device.status === 'created' || finding.device.error.code === 'credentials-lost';
  return finding.kind === 'unknown';
}

export function createResolvePart(deps: ResolvePartDeps): ResolvePart {
  const { source, results, batches, lookup, findings, auditRecovery, reportFault, clock } = deps;

  /** What the vendor says of the devices of the second sending; those he says exist are left out. */
  const readTold = async ({ productId }: BatchRef, { state }: ClaimedPart, context: RequestContext): Promise<readonly Device[]> => {
    if (state.taskId === undefined) return [];
    const devices = await source.readDevices({ productId, taskId: state.taskId }, context);
    return devices.filter((device) => device.status === 'created' || device.error.code !== 'device-name-exists');
  };

  /** Looks up what is left, until all is done or there is no time for another. Each finding is kept before the next is asked for. */
  const lookUpAll = async (looker: LookUpDeviceDeps, ref: BatchRef, part: ClaimedPart, open: OpenFindings, left: readonly number[], context: RequestContext) => {
    const fresh = new Map<number, Finding>();
    let isTroubled = false;
    for (const position of left) {
      const deviceName = part.deviceNames[position];
      if (deviceName === undefined || clock.now() + DEVICE_TIME_MS > context.deadlineMs) break;
      try {
        const finding = await lookUpDevice(looker, { ...ref, deviceName, state: part.state }, context);
        await persist(() => open.write(position, finding), clock, reportFault);
        fresh.set(position, finding);
      } catch (error) {
        if (outcomeOfLooking(error).kind !== 'troubled') break;
        isTroubled = true;
      }
    }
    return { fresh, isTroubled };
  };

  /** Stores what is known of the part's devices. */
  const settle = async (ref: BatchRef, part: ClaimedPart, { devices, statuses }: SettledDevices): Promise<ResolveOutcome> => {
    if (Array.from(statuses).every((character) => character === UNKNOWN)) return { kind: 'settled', statuses };
    const taskId = resolvedTaskId(ref, part);
    try {
      await results.save({ productId: ref.productId, taskId }, devices, part.expiresAtS);
      return { kind: 'settled', statuses, taskId };
    } catch (error) {
      reportFault('cache-write-failed', error);
      return unfinished(false);
    }
  };

  return async (ref, part, context) => {
    const { state, number, deviceNames, expiresAtS } = part;
    const open = await findings.open(ref, number, expiresAtS);
    let told: readonly Device[] = [];
    const isLast = lookup === undefined || isLastLook(state, { nowMs: clock.now(), createdAtMs: part.createdAtS * 1000 });
    try {
      told = await readTold(ref, part, context);
    } catch (error) {
      if (!isLast) return unfinished(false, outcomeOfLooking(error).kind === 'troubled');
    }
    if (isLast) return settle(ref, part, settleDevices(deviceNames, open.found, told, false));
    const isTold = new Set(told.map(({ deviceName }) => deviceName));
    const isLeft = (finding: Finding | undefined) => finding === undefined || (finding.kind === 'missing' && finding.look < state.look);
    const left = [...deviceNames.keys()].filter((position) => !isTold.has(deviceNames[position] ?? '') && isLeft(open.found.get(position)));

    const header = await batches.readHeader(ref);
    const caller = (header.kind === 'accepted' ? header.header.caller : undefined) ?? {};
    const onSecret = (deviceName: string) => auditRecovery({ ...ref, deviceName, caller });
    const { fresh, isTroubled } = await lookUpAll({ lookup, clock, onSecret }, ref, part, open, left, context);
    if (fresh.size < left.length) return unfinished(fresh.size > 0, isTroubled);
    const found = new Map([...open.found, ...fresh]);
    const all = [...found.values()];
    const nothingExists = all.every(({ kind }) => kind === 'missing');
    const isOpen = state.taskId === undefined && all.some(({ kind }) => kind === 'missing') && !all.some(isTrace);
    if (isOpen && (nothingExists || isFirstLook(state))) return { kind: 'no-trace', nothingExists };
    return settle(ref, part, settleDevices(deviceNames, found, told, true));
  };
}
