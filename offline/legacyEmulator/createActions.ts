import type { ProductBook } from './createProductBook.ts';
import type { StoredTask, TaskStore } from './createTaskStore.ts';
import { moduleCodes, refuseByModule } from './refusal.ts';

type Params = ReadonlyMap<string, string>;

/** One action: takes the call's parameters, gives the fields it adds to the envelope, rejects with a `Refusal`. */
export type Action = (params: Params) => Promise<Record<string, unknown>>;

const maxNames = 100;
// No page size is documented for this action; a vendor SDK's comment gives these bounds.
const pageSizes = { min: 10, max: 250 };
const namesPrefix = 'listDeviceName.';

function readText(params: Params, name: string): string {
  const value = params.get(name);
  if (!value) throw refuseByModule(moduleCodes.illegalParameter);
  return value;
}

function readInt(params: Params, name: string, min: number, max: number): number {
  const text = readText(params, name);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw refuseByModule(moduleCodes.illegalParameter);
  return value;
}

/**
 * Reads `listDeviceName.0`, `listDeviceName.1`, … without a gap. Throws 2101 for none, more than 100, a gap or a
 * name outside `[a-zA-Z0-9:_-]{1,48}`.
 */
export function readDeviceNames(params: Params): string[] {
  const count = [...params.keys()].filter((key) => key.startsWith(namesPrefix)).length;
  const names = Array.from({ length: count }, (_, index) => params.get(`${namesPrefix}${index}`) ?? '');
  const isLegal = count >= 1 && count <= maxNames && names.every((name) => /^[a-zA-Z0-9:_-]{1,48}$/.test(name));
  if (!isLegal) throw refuseByModule(moduleCodes.illegalParameter);
  return names;
}

function findNamedTask(store: TaskStore, params: Params): StoredTask {
  return store.findTask(readText(params, 'productID'), readText(params, 'taskID'));
}

function createMultiDevice(products: ProductBook, store: TaskStore, params: Params): Record<string, unknown> {
  const productId = readText(params, 'productID');
  const names = readDeviceNames(params);
  if (!products.hasProduct(productId)) throw refuseByModule(moduleCodes.productNotFound);
  if (new Set(names).size < names.length) throw refuseByModule(moduleCodes.duplicateName);
  return { taskID: store.createTask(productId, names).taskId };
}

function getCreateMultiDevTask(store: TaskStore, params: Params): Record<string, unknown> {
  const task = findNamedTask(store, params);
  return { taskStatus: store.statusOf(task), taskID: task.taskId };
}

// Bad paging is 2101, which this action documents; 2004 is seen on ListDevices alone.
async function getMultiDevices(store: TaskStore, params: Params): Promise<Record<string, unknown>> {
  const pageNum = readInt(params, 'pageNum', 1, Number.MAX_SAFE_INTEGER);
  const pageSize = readInt(params, 'pageSize', pageSizes.min, pageSizes.max);
  const task = findNamedTask(store, params);
  if (store.statusOf(task) !== 2) throw refuseByModule(moduleCodes.taskNotFinished);
  const devices = await task.devices;
  const start = (pageNum - 1) * pageSize;
  return {
    taskID: task.taskId,
    totalDevNum: devices.length,
    listCreateDeviceInfo: devices.slice(start, start + pageSize),
  };
}

/** The actions the emulator knows, by their names. Source: "The batch trio" in legacy-api.md. */
export function createActions(products: ProductBook, store: TaskStore): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ['CreateMultiDevice', async (params) => createMultiDevice(products, store, params)],
    ['GetCreateMultiDevTask', async (params) => getCreateMultiDevTask(store, params)],
    ['GetMultiDevices', (params) => getMultiDevices(store, params)],
  ]);
}
