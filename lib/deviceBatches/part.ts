import * as z from 'zod/mini';
import { deviceError, type Device, type DeviceError, type DeviceErrorCode } from '../deviceTasks/device.ts';
import { identifier } from '../deviceTasks/resources.ts';

/** Names a part holds: as many as the vendor takes in one call. */
export const PART_SIZE = 100;

const count = z.int().check(z.minimum(0));
// When somebody should look at the part again. Unix milliseconds.
const dueAtMs = z.int();

// What became of a device, as one character of its part's `statuses`.
export const CREATED = 'c';
export const FAILED = 'f';
/** It failed with a code that a retry of the batch repeats. */
export const FAILED_FOR_NOW = 'r';
export const UNKNOWN = 'u';

// Of a part that is sent a second time: when it was first sent, in Unix milliseconds.
const firstSentAtMs = z.exactOptional(z.int());

const queued = z.object({ state: z.literal('queued'), dueAtMs, waits: count, firstSentAtMs });
const sending = z.object({ state: z.literal('sending'), dueAtMs, waits: count, claimId: z.string(), isCancelled: z.boolean(), firstSentAtMs });
const waiting = z.object({
  state: z.literal('waiting'),
  dueAtMs,
  waits: count,
  looks: count,
  taskId: identifier,
  troubledSinceMs: z.exactOptional(z.int()),
  firstSentAtMs,
});
const resolving = z.object({
  state: z.literal('resolving'),
  dueAtMs,
  waits: count,
  look: count,
  sendings: z.array(z.int()),
  isCancelled: z.boolean(),
  claimId: z.exactOptional(z.string()),
  taskId: z.exactOptional(identifier),
  troubledSinceMs: z.exactOptional(z.int()),
});
const done = z.object({
  state: z.literal('done'),
  doneAtMs: z.int(),
  statuses: z.string().check(z.regex(/^[cfru]{1,100}$/)),
  taskId: z.exactOptional(identifier),
  error: z.exactOptional(deviceError),
});

/**
 * How far a part is. `queued`: nothing was sent, or what was sent surely did nothing. `sending`: one process has
 * claimed it, and may have sent it. `waiting`: the vendor works on its task. `resolving`: nobody knows what a sending did,
 * and its devices are looked up, by one process at a time, which has claimed it. `done`: final. A look is due at
 * `dueAtMs`; a claim ends then. `waits` counts what the vendor turned away in a row.
 *
 * Of a part that is resolved, `sendings` are the times at which it may have been sent, in Unix milliseconds by our clock,
 * and `look` counts its looks: 1 and 2 after the first sending, 3 and 4 after the second, 5 for the names that the second
 * found taken, whose task is `taskId`.
 *
 * Of a part that is done, `taskId` names the task its results are stored under, all of its devices in the order of the
 * request; one that is unknown by `statuses` has its place there, and nothing that is said of it there counts. `error` is
 * what all its devices failed with; without both its devices are unknown.
 */
export const partState = z.discriminatedUnion('state', [queued, sending, waiting, resolving, done]);
export type PartState = z.infer<typeof partState>;
export type OpenPartState = Exclude<PartState, { state: 'done' }>;
export type DonePartState = Extract<PartState, { state: 'done' }>;

const RETRIED: ReadonlySet<DeviceErrorCode> = new Set([
  'vendor-internal-error',
  'device-limit-exceeded',
  'not-sent',
  'cancelled',
  'unknown-failure',
]);

/** The status character of a device that failed. */
export function failureCharacter({ code }: DeviceError): string {
  return RETRIED.has(code) ? FAILED_FOR_NOW : FAILED;
}

/** The status character of a device. */
export function statusCharacter(device: Device): string {
  return device.status === 'created' ? CREATED : failureCharacter(device.error);
}

/** What became of a part's devices. */
export function countStatuses(statuses: string) {
  const countOf = (wanted: string) => Array.from(statuses).filter((character) => character === wanted).length;
  const [created, unknown] = [countOf(CREATED), countOf(UNKNOWN)];
  return { created, unknown, failed: statuses.length - created - unknown };
}
