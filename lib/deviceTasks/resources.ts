import * as z from 'zod/mini';
import { deviceErrorMessages, type Credentials, type Device, type DeviceErrorCode, type TaskRef } from './device.ts';
import type { TaskState } from './followTask.ts';
import type { CreatedTask } from './idempotency.ts';
import type { PageQuery } from './paging.ts';
import type { ResultsPage } from './readResults.ts';

// The resources of the HTTP contract: these schemas are their one source, types and documents follow.

/** When a task that is not completed is worth another look: batches take seconds, not minutes. */
export const POLL_AFTER_S = 2;

export const identifier = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 of A-Z a-z 0-9 _ -' }));
const requestedName = z
  .string({ error: 'must be a string' })
  .check(z.regex(/^[a-zA-Z0-9:_-]{1,48}$/, { error: 'must be 1 to 48 of a-z A-Z 0-9 : _ -' }));

const unique = z.check<readonly string[]>(
  ({ value, issues }) => {
    const first = new Map<string, number>();
    for (const [index, name] of value.entries()) {
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, index);
      else issues.push({ code: 'custom', input: name, path: [index], message: `is the same as /deviceNames/${earlier}` });
    }
  },
  // Told beside what is wrong with single names, not only once those are mended.
  { when: ({ value }) => Array.isArray(value) },
);

const NAMES_RULE = 'must hold 1 to 100 names';

/** Body of a creation. */
export const deviceTaskCreation = z.strictObject(
  {
    deviceNames: z
      .array(requestedName, { error: ({ input }) => (input === undefined ? 'is required' : 'must be an array') })
      .check(z.minLength(1, { error: NAMES_RULE }), z.maxLength(100, { error: NAMES_RULE }), unique),
  },
  { error: 'must be an object' },
);

const count = z.int().check(z.minimum(0));

export const deviceTaskResource = z.object({
  productId: identifier,
  taskId: identifier,
  status: z.enum(['pending', 'running', 'completed']),
  totalDevices: z.optional(count),
  createdDevices: z.optional(count),
  failedDevices: z.optional(count),
  createdAt: z.optional(z.iso.datetime()),
  expiresAt: z.optional(z.iso.datetime()),
});
export type DeviceTaskResource = z.infer<typeof deviceTaskResource>;

const certificateCredentials = z.object({
  type: z.literal('certificate'),
  certificate: z.optional(z.string()),
  privateKey: z.optional(z.string()),
});
const pskCredentials = z.object({ type: z.literal('psk'), psk: z.optional(z.string()) });

const deviceErrorCodes = Object.keys(deviceErrorMessages) as [DeviceErrorCode, ...DeviceErrorCode[]]; // keys of a literal

const createdDevice = z.object({
  deviceName: z.string(),
  status: z.literal('created'),
  credentials: z.optional(z.discriminatedUnion('type', [certificateCredentials, pskCredentials])),
});
const failedDevice = z.object({
  deviceName: z.string(),
  status: z.literal('failed'),
  error: z.object({
    code: z.enum(deviceErrorCodes),
    legacyCode: z.int(),
    message: z.string(),
    legacyMessage: z.optional(z.string()),
  }),
});

export const deviceResultResource = z.discriminatedUnion('status', [createdDevice, failedDevice]);
export type DeviceResultResource = z.infer<typeof deviceResultResource>;

export const deviceResultPageResource = z.object({
  productId: identifier,
  taskId: identifier,
  page: z.int().check(z.minimum(1)),
  pageSize: z.int().check(z.minimum(1), z.maximum(100)),
  totalItems: count,
  totalPages: count,
  devices: z.array(deviceResultResource),
});
export type DeviceResultPageResource = z.infer<typeof deviceResultPageResource>;

/** RFC 3339 in UTC, to the second. */
export function toTimestamp(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** What a creation answers with: nothing has happened yet. */
export function presentCreatedTask(productId: string, task: CreatedTask): DeviceTaskResource {
  const { taskId, ...state } = task;
  return presentTask({ productId, taskId }, { status: 'pending', ...state });
}

type CredentialsResource = z.infer<typeof certificateCredentials> | z.infer<typeof pskCredentials>;

/** The only place where a secret is revealed for an answer. */
function presentCredentials(credentials: Credentials): CredentialsResource {
  if (credentials.type === 'psk') {
    const { type, psk } = credentials;
    return { type, ...(psk === undefined ? {} : { psk: psk.reveal() }) };
  }
  const { type, certificate, privateKey } = credentials;
  return {
    type,
    ...(certificate === undefined ? {} : { certificate }),
    ...(privateKey === undefined ? {} : { privateKey: privateKey.reveal() }),
  };
}

/** A device as the contract shows it; its secret stands in it only if it is in `device`. */
export function presentDevice(device: Device): DeviceResultResource {
  const { deviceName, status } = device;
  if (status === 'failed') {
    const { code, legacyCode, legacyMessage } = device.error;
    const message = deviceErrorMessages[code];
    return {
      deviceName,
      status,
      error: { code, legacyCode, message, ...(legacyMessage === undefined ? {} : { legacyMessage }) },
    };
  }
  const { credentials } = device;
  return { deviceName, status, ...(credentials === undefined ? {} : { credentials: presentCredentials(credentials) }) };
}

export function presentPage(ref: TaskRef, query: PageQuery, page: ResultsPage): DeviceResultPageResource {
  return {
    productId: ref.productId,
    taskId: ref.taskId,
    page: query.page,
    pageSize: query.pageSize,
    totalItems: page.totalItems,
    totalPages: page.totalPages,
    devices: page.devices.map(presentDevice),
  };
}

export function presentTask({ productId, taskId }: TaskRef, state: TaskState): DeviceTaskResource {
  const { createdAtS, expiresAtS, ...rest } = state;
  return {
    productId,
    taskId,
    ...rest,
    ...(createdAtS === undefined ? {} : { createdAt: toTimestamp(createdAtS) }),
    ...(expiresAtS === undefined ? {} : { expiresAt: toTimestamp(expiresAtS) }),
  };
}
