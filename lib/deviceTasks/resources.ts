import * as z from 'zod/mini';
import { deviceResultResource, presentDevice, type TaskRef } from './device.ts';
import { addCreation, stateOfStored, type TaskState } from './followTask.ts';
import type { CreatedTask } from './idempotency.ts';
import type { PageQuery, ResultsPage } from './paging.ts';
import type { ListedTask } from './ports.ts';

// The resources of the HTTP contract: these schemas are their one source, types and documents follow.

/** When a task that is not completed is worth another look: batches take seconds, not minutes. */
export const POLL_AFTER_S = 2;

export const identifier = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 of A-Z a-z 0-9 _ -' }));
/** The name of a device, as it may be asked for. */
export const requestedName = z
  .string({ error: 'must be a string' })
  .check(z.regex(/^[a-zA-Z0-9:_-]{1,48}$/, { error: 'must be 1 to 48 of a-z A-Z 0-9 : _ -' }));

const unique = z.check<readonly string[]>(
  ({ value, issues }) => {
    const first = new Map<string, number>();
    for (const [index, name] of value.entries()) {
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, index);
      else issues.push({ code: 'custom', input: name, path: [index], message: `is the same as /deviceNames/${earlier}`, params: { sameAs: earlier } });
    }
  },
  // Told beside what is wrong with single names, not only once those are mended.
  { when: ({ value }) => Array.isArray(value) },
);

/** Body of a creation. @param max how many names it may hold */
export function namesUpTo(max: number) {
  const error = `must hold 1 to ${new Intl.NumberFormat('en').format(max)} names`;
  return z.strictObject(
    {
      deviceNames: z
        .array(requestedName, { error: ({ input }) => (input === undefined ? 'is required' : 'must be an array') })
        .check(z.minLength(1, { error }), z.maxLength(max, { error }), unique),
    },
    { error: 'must be an object' },
  );
}

/** Body of the creation of a task. */
export const deviceTaskCreation = namesUpTo(100);

export const count = z.int().check(z.minimum(0));

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

/** A task in a list: the vendor is not asked how far it is. */
export const listedTaskResource = z.extend(deviceTaskResource, { status: z.optional(deviceTaskResource.shape.status) });

export const deviceTaskListResource = z.object({ tasks: z.array(listedTaskResource) });
export type DeviceTaskListResource = z.infer<typeof deviceTaskListResource>;

export const deviceResultPageResource = z.object({
  productId: identifier,
  taskId: identifier,
  page: z.int().check(z.minimum(1)),
  pageSize: z.int().check(z.minimum(1), z.maximum(100)),
  totalItems: count,
  totalPages: count,
  devices: z.array(deviceResultResource).check(z.maxLength(100)),
});
export type DeviceResultPageResource = z.infer<typeof deviceResultPageResource>;

/** What a task and each of its members means; the task's own text stands under the empty path. */
export const deviceTaskTexts = {
  '': 'A batch creation and how far it is.',
  productId: 'The product the devices belong to.',
  taskId: 'Names the task within its product.',
  status: '`pending`: not started; `running`; `completed`: the results can be read.',
  totalDevices: 'Devices of the batch; on a completed task, and on every task that was created through this API.',
  createdDevices: 'Devices that were created; on a completed task.',
  failedDevices: 'Devices that could not be created; on a completed task.',
  createdAt: 'When the task was created (UTC); on every task that was created through this API.',
  expiresAt: 'When the results, and the keys with them, are gone (UTC); left out if it is not known.',
} as const;

/** The same of a task in a list. */
export const listedTaskTexts = {
  ...deviceTaskTexts,
  '': 'A task that was created through this API.',
  status: 'Only if the results are stored, which is so once the task was seen completed; follow the others.',
} as const;

/** What each other schema and each of its members means: the text of the OpenAPI document. A test holds that none is left out. */
export const resourceTexts = {
  DeviceTaskCreation: 'A batch of devices to create.',
  'DeviceTaskCreation.deviceNames': '1 to 100 names, each once.',
  'DeviceTaskCreation.deviceNames[]': 'Name of a device, unique within its product.',

  DeviceTaskList: 'One page of the tasks of a product.',
  'DeviceTaskList.tasks': 'Newest first.',

  DeviceResultPage: "One page of a completed task's results, in the vendor's order.",
  'DeviceResultPage.productId': 'The product the devices belong to.',
  'DeviceResultPage.taskId': 'The task the results are of.',
  'DeviceResultPage.page': 'The page asked for, from 1.',
  'DeviceResultPage.pageSize': 'The page size asked for.',
  'DeviceResultPage.totalItems': 'Devices that the `status` filter leaves.',
  'DeviceResultPage.totalPages': 'Pages they make; 0 if there is none.',
  'DeviceResultPage.devices': 'Empty on a page past the end.',
} as const;

/** RFC 3339 in UTC, to the second. */
export function toTimestamp(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** What a creation answers with: nothing has happened yet. */
export function presentCreatedTask(productId: string, task: CreatedTask): DeviceTaskResource {
  const { taskId, ...state } = task;
  return presentTask({ productId, taskId }, { status: 'pending', ...state });
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

/** Tasks of one product. */
export function presentTaskList(productId: string, tasks: readonly ListedTask[]): DeviceTaskListResource {
  const present = ({ taskId, completed, ...created }: ListedTask) =>
    presentTask({ productId, taskId }, addCreation(completed === undefined ? {} : stateOfStored(completed), created));
  return { tasks: tasks.map(present) };
}

export function presentTask<State extends Partial<TaskState>>({ productId, taskId }: TaskRef, state: State) {
  const { createdAtS, expiresAtS, ...rest } = state;
  return {
    productId,
    taskId,
    ...rest,
    ...(createdAtS === undefined ? {} : { createdAt: toTimestamp(createdAtS) }),
    ...(expiresAtS === undefined ? {} : { expiresAt: toTimestamp(expiresAtS) }),
  };
}
