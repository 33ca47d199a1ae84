import { createIdempotencyKey } from './idempotencyKey.ts';
import type { components, operations } from './openapi.ts';
import { pause, send, type Answer, type CallOptions, type ClientOptions } from './send.ts';

export type DeviceTask = components['schemas']['DeviceTask'];
export type ListedDeviceTask = components['schemas']['ListedDeviceTask'];
type DeviceTaskList = components['schemas']['DeviceTaskList'];
export type DeviceResult = components['schemas']['DeviceResult'];
export type DeviceResultPage = components['schemas']['DeviceResultPage'];
export type Health = components['schemas']['Health'];

/** Names a task; every `DeviceTask` does. */
export type TaskRef = Pick<DeviceTask, 'productId' | 'taskId'>;

type PageQuery = NonNullable<operations['getDeviceResults']['parameters']['query']>;

export interface CreateOptions extends CallOptions {
  /** Made anew if left out; give one to make your own retry safe. */
  readonly idempotencyKey?: string;
}

export type ListOptions = CallOptions & Readonly<PageQuery>;
export type EachOptions = Omit<ListOptions, 'page'>;

export type TasksOptions = CallOptions & Pick<PageQuery, 'pageSize'>;
export type DeviceOptions = CallOptions & Pick<PageQuery, 'include'>;

export interface WaitOptions extends CallOptions {
  /** Called with every state of the task that is seen, the last one included. */
  readonly onProgress?: (task: DeviceTask) => void;
}

// If an answer names no time.
const POLL_AFTER_S = 2;
const LARGEST_PAGE = 100;

const tasksPath = (productId: string) => `/v1/products/${encodeURIComponent(productId)}/device-tasks`;
const taskPath = ({ productId, taskId }: TaskRef) => `${tasksPath(productId)}/${encodeURIComponent(taskId)}`;

/** Every method throws `ApiError`, or the reason of its `signal`. */
export interface Client {
  /** Starts the creation of a batch of 1 to 100 devices. Scope `devices:write`. */
  readonly createTask: (productId: string, deviceNames: readonly string[], options?: CreateOptions) => Promise<DeviceTask>;
  /** How far a batch is. Scope `devices:read`. */
  readonly getTask: (task: TaskRef, options?: CallOptions) => Promise<DeviceTask>;
  /** Follows a batch to its end, as often as the service says. Scope `devices:read`. */
  readonly waitForTask: (task: TaskRef, options?: WaitOptions) => Promise<DeviceTask>;
  /** One page of a completed task's results. Scope `devices:read`, and `devices:credentials` for `include`. */
  readonly listDevices: (task: TaskRef, options?: ListOptions) => Promise<DeviceResultPage>;
  /** All of a completed task's results, page by page as they are read. Scopes as `listDevices`. */
  readonly eachDevice: (task: TaskRef, options?: EachOptions) => AsyncGenerator<DeviceResult, void, undefined>;
  /** The result of one name of a completed task. Scopes as `listDevices`. */
  readonly device: (task: TaskRef, deviceName: string, options?: DeviceOptions) => Promise<DeviceResult>;
  /** The tasks that were created in a product, newest first, page by page as they are read. Scope `devices:read`. */
  readonly tasks: (productId: string, options?: TasksOptions) => AsyncGenerator<ListedDeviceTask, void, undefined>;
  /** That the service runs. No scope. */
  readonly getHealth: (options?: CallOptions) => Promise<Health>;
}

export function createClient(options: ClientOptions): Client {
  const get = <T>(path: string, { signal, ...query }: ListOptions & { readonly cursor?: string | undefined } = {}) =>
    send<T>(options, { path, query, ...(signal === undefined ? {} : { signal }) });

  const listDevices: Client['listDevices'] = async (task, query) =>
    (await get<DeviceResultPage>(`${taskPath(task)}/devices`, query)).body;

  return {
    createTask: async (productId, deviceNames, { idempotencyKey = createIdempotencyKey(), signal } = {}) => {
      const creation = { body: { deviceNames }, idempotencyKey };
      const call = { path: tasksPath(productId), creation, ...(signal === undefined ? {} : { signal }) };
      return (await send<DeviceTask>(options, call)).body;
    },
    getTask: async (task, call) => (await get<DeviceTask>(taskPath(task), call)).body,
    waitForTask: async (task, { onProgress, ...call } = {}) => {
      for (;;) {
        const { body, retryAfterS = POLL_AFTER_S } = await get<DeviceTask>(taskPath(task), call);
        onProgress?.(body);
        if (body.status === 'completed') return body;
        await pause(options, retryAfterS * 1000, call.signal);
      }
    },
    listDevices,
    eachDevice: async function* eachDevice(task, query = {}) {
      for (let page = 1, last = 1; page <= last; page += 1) {
        const { devices, totalPages } = await listDevices(task, { pageSize: LARGEST_PAGE, ...query, page });
        last = totalPages;
        yield* devices;
      }
    },
    device: async (task, deviceName, query) =>
      (await get<DeviceResult>(`${taskPath(task)}/devices/${encodeURIComponent(deviceName)}`, query)).body,
    tasks: async function* tasks(productId, query = {}) {
      let cursor: string | undefined;
      do {
        const page: Answer<DeviceTaskList> = await get(tasksPath(productId), { pageSize: LARGEST_PAGE, ...query, cursor });
        yield* page.body.tasks;
        cursor = page.nextCursor;
      } while (cursor !== undefined);
    },
    getHealth: async (call = {}) => (await send<Health>(options, { path: '/v1/health', isPublic: true, ...call })).body,
  };
}
