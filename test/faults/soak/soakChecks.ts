import { problemKinds } from '../../../lib/problemKinds.ts';
import type { Reply } from '../../support/apiGatewayEvent.ts';
import { holdsSecret, showAnswered, showDevice, type KnownTask, type WireDevice } from './soakTruth.ts';

/** A promise that was broken; the soak goes on, and ends with status 1. */
export class BrokenInvariant extends Error {}

export function demand(isKept: boolean, invariant: string, seen?: unknown): asserts isKept {
  if (!isKept) throw new BrokenInvariant(seen === undefined ? invariant : `${invariant}: ${JSON.stringify(seen).slice(0, 600)}`);
}

const CACHE_STATUS = /^iotcloud-rest; (?:hit; ttl=\d+|fwd=miss; stored|fwd=miss|fwd=bypass)$/;

/** What a read may answer with while vendor or table fail. */
export const VENDOR_FAULTS = ['upstream-unavailable', 'upstream-malformed', 'upstream-timeout'] as const;

/** Holds of every answer: one of the statuses allowed, a code of the catalogue with its status, no secret unasked. */
export function checkReply(reply: Reply, allowed: readonly (number | string)[], secrets: readonly WireDevice[]): void {
  const { status, json, headers, text } = reply;
  const code = json?.['code'];
  demand(allowed.includes(status < 400 ? status : String(code)), `only ${allowed.join(', ')} can be answered here`, { status, json });
  demand(headers['x-request-id'] !== undefined, 'every answer has a request id', headers);
  if (headers['cache-status'] !== undefined) demand(CACHE_STATUS.test(headers['cache-status']), 'Cache-Status is well-formed', headers);
  if (status >= 400) {
    demand(headers['content-type'] === 'application/problem+json', 'errors are problem details', headers);
    const kind = problemKinds[code as keyof typeof problemKinds]; // it may be none: then there is no status
    demand(kind?.status === status && headers['cache-control'] === 'no-store', 'a code has its status, and is not cached', { status, json, headers });
    demand(!/127\.0\.0\.1|localhost|\bat [\w.]+ \(/.test(text), 'no error tells of hosts or stacks', json);
  }
  demand(!holdsSecret(text, secrets), 'no secret stands where none was asked for', { status, headers });
}

export interface PageWish {
  readonly page: number;
  readonly pageSize: number;
  readonly status?: 'created' | 'failed';
  readonly withSecrets: boolean;
}

/** A page holds exactly what the vendor holds, cut as asked. */
export function checkPage(reply: Reply, task: KnownTask, wish: PageWish): void {
  const { page, pageSize, status, withSecrets } = wish;
  const all = (task.devices ?? []).filter(({ result }) => status === undefined || (result === 0) === (status === 'created'));
  const wanted = all.slice((page - 1) * pageSize, page * pageSize).map((device) => showDevice(device, withSecrets));
  const { devices, totalItems, totalPages, ...rest } = reply.json ?? {};
  const answered = Array.isArray(devices) ? devices.map(showAnswered) : devices;
  demand(JSON.stringify(answered) === JSON.stringify(wanted), 'a page is whole and true', { wish, answered: Array.isArray(answered) && answered.length, wanted: wanted.length });
  const frame = { productId: task.productId, taskId: task.taskId, page, pageSize };
  demand(Object.entries(frame).every(([name, value]) => rest[name] === value), 'a page says what it is', rest);
  demand(totalItems === all.length && totalPages === Math.ceil(all.length / pageSize), 'its totals are true', { totalItems, totalPages, all: all.length });
}

/**
 * A task's counts are those of its devices. Before it is completed only their total is told, if it was created here;
 * not even that, if the table failed when the creation was noted, or now.
 */
export function checkTask(reply: Reply, task: KnownTask): void {
  const { status, totalDevices, createdDevices, failedDevices } = reply.json ?? {};
  if (status !== 'completed') {
    demand(status === 'pending' || status === 'running', 'a task has one of three statuses', reply.json);
    demand(totalDevices === undefined || totalDevices === task.names?.length, 'no other total is told than the one created here', reply.json);
    demand(createdDevices === undefined && failedDevices === undefined, 'only a completed task has counts', reply.json);
    return;
  }
  const devices = task.devices ?? [];
  const failed = devices.filter(({ result }) => result !== 0).length;
  const isTrue = totalDevices === devices.length && failedDevices === failed && createdDevices === devices.length - failed;
  demand(isTrue, 'the counts are true', reply.json);
}
