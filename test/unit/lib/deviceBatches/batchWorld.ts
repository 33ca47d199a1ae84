import { createAcceptBatch } from '../../../../lib/deviceBatches/acceptBatch.ts';
import { presentBatch, type BatchRef } from '../../../../lib/deviceBatches/batch.ts';
import { createCancelBatch } from '../../../../lib/deviceBatches/cancelBatch.ts';
import { createFollowBatch } from '../../../../lib/deviceBatches/followBatch.ts';
import type { StepMessage } from '../../../../lib/deviceBatches/ports.ts';
import type { Device } from '../../../../lib/deviceTasks/device.ts';
import type { DeviceBatchResource } from '../../../../lib/deviceBatches/resources.ts';
import { createResolvePart } from '../../../../lib/deviceBatches/resolvePart.ts';
import { createRunPart } from '../../../../lib/deviceBatches/runPart.ts';
import { createRunStep } from '../../../../lib/deviceBatches/runStep.ts';
import { createSweepBatches } from '../../../../lib/deviceBatches/sweepBatches.ts';
import { createMemoryBatches } from './memoryBatches.ts';
import { createMemoryFindings } from './memoryFindings.ts';
import { createMemoryVendor } from './memoryVendor.ts';

/** One effect that a process is about to have. `fail`: before it happened, or after, its answer lost. */
type Pass = (how: 'happen' | 'fail-before' | 'fail-after') => void;

interface Process {
  readonly gates: Pass[];
  /** In its hands; comes again if the process dies or fails. */
  readonly message: QueuedMessage | undefined;
}

interface QueuedMessage {
  readonly message: StepMessage;
  readonly dueAtMs: number;
}

const RESOLVE_AFTER_MS = 360_000;

export const startMs = Date.UTC(2026, 10, 24, 10);

// Every faked method is one effect, so one gate before each is every place where a process can be killed.
type Effects = Readonly<Record<string, unknown>>;

/** Processes, a store, a queue and a vendor, in which nothing happens but what the test lets happen. */
export function createBatchWorld(choose: (count: number) => number) {
  let nowMs = startMs;
  let ids = 0;
  const now = () => nowMs;
  const batches = createMemoryBatches();
  const kept = createMemoryFindings();
  const vendor = createMemoryVendor({ now, choose });
  const messages: QueuedMessage[] = [];
  const processes = new Set<Process>();
  const events: DeviceBatchResource[] = [];
  const saved = new Map<string, readonly Device[]>();
  const recovered: string[] = [];

  const newBatchId = (timeMs: number) => {
    ids += 1;
    const time = timeMs.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(ids).padStart(12, '0')}`;
  };

  /** Starts a process. All that it does waits at its gates. */
  const start = (run: (parts: ReturnType<typeof wire>) => Promise<unknown>, message?: QueuedMessage) => {
    const process: Process = { gates: [], message };
    processes.add(process);
    const gated = <T extends object>(port: T): T => {
      const wrap = (method: unknown) =>
        typeof method !== 'function'
          ? method
          : (...args: unknown[]) =>
              new Promise((resolve, reject) => {
                process.gates.push((how) => {
                  if (how === 'fail-before') return reject(new Error('out of reach'));
                  const done = (method as (...given: unknown[]) => Promise<unknown>)(...args); // a method of the port
                  if (how === 'fail-after') return void done.then(() => reject(new Error('out of reach')), reject);
                  return void done.then(resolve, reject);
                });
              });
      return Object.fromEntries(Object.entries(port as Effects).map(([name, method]) => [name, wrap(method)])) as T; // the same members
    };
    const end = (isDone: boolean) => {
      if (!processes.delete(process)) return;
      if (!isDone && message !== undefined) messages.push({ ...message, dueAtMs: nowMs + 60_000 });
    };
    run(wire(gated)).then(
      () => end(true),
      () => end(false),
    );
    return process;
  };

  function wire(gated: <T extends object>(port: T) => T) {
    const queue = gated({
      send: (sent: readonly { readonly message: StepMessage; readonly delayS: number }[]) => {
        for (const { message, delayS } of sent) messages.push({ message, dueAtMs: nowMs + delayS * 1000 });
        return Promise.resolve();
      },
    });
    const results = gated({
      keepsSecrets: true,
      readTask: () => Promise.resolve({}),
      readPage: () => Promise.resolve({ kind: 'absent' as const }),
      readDevice: () => Promise.resolve({ kind: 'absent' as const }),
      readNames: () => Promise.resolve([]),
      save: ({ taskId }: { taskId: string }, devices: readonly Device[]) => {
        saved.set(taskId, devices);
        return Promise.resolve({ totalDevices: 0, createdDevices: 0, failedDevices: 0, expiresAtS: 0, fetchId: '' });
      },
      noteCreation: () => Promise.resolve(),
    });
    const store = gated(batches.store);
    const source = gated(vendor.source);
    const bus = gated({ publishCompleted: (batch: DeviceBatchResource) => Promise.resolve(void events.push(batch)) });
    const clock = { now, sleep: () => Promise.resolve() };
    const random = () => choose(1000) / 1000;
    const newClaimId = () => `claim-${(ids += 1)}`;
    const common = { batches: store, queue, reportFault: () => undefined, now, random };
    const findings = gated({
      open: async (ref: BatchRef, part: number) => {
        const { found, write } = await kept.open(ref, part);
        return { found, write: gated({ write }).write };
      },
      clear: kept.clear,
    });
    const lookup = gated(vendor.lookup);
    const auditRecovery = ({ deviceName }: { deviceName: string }) => void recovered.push(deviceName);
    const resolvePart = createResolvePart({ ...common, source, results, lookup, findings, auditRecovery, clock });
    const runPart = createRunPart({ ...common, source, results, resolvePart, findings, resolveAfterMs: RESOLVE_AFTER_MS, clock, newClaimId });
    const followBatch = createFollowBatch(common);
    return {
      runStep: createRunStep({ ...common, runPart, events: bus }),
      sweep: createSweepBatches(common),
      cancel: createCancelBatch({ ...common, followBatch }),
      accept: createAcceptBatch({ ...common, keys: gated(batches.keys), newBatchId }),
    };
  }

  const context = () => ({ deadlineMs: nowMs + 8000, tally: { vendorCalls: 0, vendorMs: 0 } });

  return {
    batches,
    vendor,
    messages,
    processes,
    events,
    saved,
    kept,
    recovered,
    now,
    start,
    tick: (ms: number) => void (nowMs += ms),
    /** Hands a message to a process. @param isCopy the queue keeps it as well */
    deliver: (index: number, isCopy: boolean) => {
      const [queued] = isCopy ? messages.slice(index, index + 1) : messages.splice(index, 1);
      if (queued !== undefined) start(({ runStep }) => runStep(queued.message, context()), isCopy ? undefined : queued);
    },
    kill: (process: Process) => {
      processes.delete(process);
      if (process.message !== undefined) messages.push({ ...process.message, dueAtMs: nowMs + 60_000 });
    },
    /** What a client would see now. */
    look: async (ref: BatchRef) => {
      const batch = await batches.store.readBatch(ref);
      return batch === undefined ? undefined : presentBatch(batch);
    },
    /** Lets everything that was set going come to its next gate. */
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

export type BatchWorld = ReturnType<typeof createBatchWorld>;
