import {
  batchesPath,
  createBatchCalls,
  isBatchRef,
  type BatchCalls,
  type BatchDevice,
  type DeviceBatchPage,
  type BatchListOptions,
  type BatchRef,
  type DeviceBatch,
} from './batches.ts';
import { createIdempotencyKey } from './idempotencyKey.ts';
import type { components, operations } from './openapi.ts';
import { pause, send, type Answer, type CallOptions, type ClientOptions } from './send.ts';

export type DeviceTask = components['schemas']['DeviceTask'];
export type ListedDeviceTask = components['schemas']['ListedDeviceTask'];
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

export type PagesOptions = CallOptions & Pick<PageQuery, 'pageSize'>;
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
export interface Client extends BatchCalls {
  /** Starts the creation of 1 to 100 devices; of more, see `createBatch`. Scope `devices:write`. */
  readonly createTask: (productId: string, deviceNames: readonly string[], options?: CreateOptions) => Promise<DeviceTask>;
  /** How far a task is. Scope `devices:read`. */
  readonly getTask: (task: TaskRef, options?: CallOptions) => Promise<DeviceTask>;
  /** Follows a task to its end, as often as the service says. Scope `devices:read`. */
  readonly waitForTask: (task: TaskRef, options?: WaitOptions) => Promise<DeviceTask>;
  /** One page of the results of a batch, or of a completed task. Scope `devices:read`, and `devices:credentials` for `include`. */
  readonly listDevices: {
    (task: TaskRef, options?: ListOptions): Promise<DeviceResultPage>;
    (batch: BatchRef, options?: BatchListOptions): Promise<DeviceBatchPage>;
  };
  /** All of the results of a batch, or of a completed task, page by page as they are read. Scopes as `listDevices`. */
  readonly eachDevice: {
    (task: TaskRef, options?: EachOptions): AsyncGenerator<DeviceResult, void, undefined>;
    (batch: BatchRef, options?: Omit<BatchListOptions, 'page'>): AsyncGenerator<BatchDevice, void, undefined>;
  };
  /** The result of one name of a batch, or of a completed task. Scopes as `listDevices`. */
  readonly device: {
    (task: TaskRef, deviceName: string, options?: DeviceOptions): Promise<DeviceResult>;
    (batch: BatchRef, deviceName: string, options?: DeviceOptions): Promise<BatchDevice>;
  };
  /** The tasks that were created in a product, newest first, page by page as they are read. Scope `devices:read`. */
  readonly tasks: (productId: string, options?: PagesOptions) => AsyncGenerator<ListedDeviceTask, void, undefined>;
  /** The batches that were created in a product, newest first, page by page as they are read. Scope `devices:read`. */
  readonly batches: (productId: string, options?: PagesOptions) => AsyncGenerator<DeviceBatch, void, undefined>;
  /** That the service runs. No scope. */
  readonly getHealth: (options?: CallOptions) => Promise<Health>;
}

export function createClient(options: ClientOptions): Client {
  const get = <T>(path: string, { signal, ...query }: (ListOptions | BatchListOptions) & { readonly cursor?: string | undefined } = {}) =>
    send<T>(options, { path, query, ...(signal === undefined ? {} : { signal }) });
  const { devicesPath, largestPage, ...batchCalls } = createBatchCalls(options);

  const pathOf = (ref: TaskRef | BatchRef) => (isBatchRef(ref) ? devicesPath(ref) : `${taskPath(ref)}/devices`);

  const listDevices = async (ref: TaskRef | BatchRef, query?: ListOptions | BatchListOptions) =>
    (await get<DeviceResultPage | DeviceBatchPage>(pathOf(ref), query)).body;

  const device = async (ref: TaskRef | BatchRef, deviceName: string, query?: DeviceOptions) =>
    (await get<DeviceResult | BatchDevice>(`${pathOf(ref)}/${encodeURIComponent(deviceName)}`, query)).body;

  async function* eachDevice(ref: TaskRef | BatchRef, query: EachOptions | Omit<BatchListOptions, 'page'> = {}) {
    const pageSize = isBatchRef(ref) ? largestPage(query) : LARGEST_PAGE;
    for (let page = 1, last = 1; page <= last; page += 1) {
      const { devices, totalPages } = await listDevices(ref, { pageSize, ...query, page });
      last = totalPages;
      yield* devices;
    }
  }

  async function* eachOf<T>(path: string, key: 'tasks' | 'batches', query: PagesOptions = {}): AsyncGenerator<T, void, undefined> {
    let cursor: string | undefined;
    do {
      const { body, next }: Answer<Partial<Record<typeof key, readonly T[]>>> = await get(path, { pageSize: LARGEST_PAGE, ...query, cursor });
      yield* body[key] ?? [];
      cursor = next?.get('cursor') ?? undefined;
    } while (cursor !== undefined);
  }

  return {
    ...batchCalls,
    createTask: async (productId, deviceNames, { idempotencyKey = createIdempotencyKey(), signal } = {}) => {
      const creation = { body: JSON.stringify({ deviceNames }), type: 'application/json', idempotencyKey } as const;
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
    // Whose devices they are follows from whose path was asked.
    listDevices: listDevices as Client['listDevices'],
    eachDevice: eachDevice as Client['eachDevice'],
    device: device as Client['device'],
    tasks: (productId, query) => eachOf(tasksPath(productId), 'tasks', query),
    batches: (productId, query) => eachOf(batchesPath(productId), 'batches', query),
    getHealth: async (call = {}) => (await send<Health>(options, { path: '/v1/health', isPublic: true, ...call })).body,
  };
}
