import type { Register } from '../register/createRegister.ts';
import type { RegisteredTask, TaskRegister } from '../register/createTaskRegister.ts';
import { MODULE_CODES, refuseByModule } from './refusal.ts';

type Params = ReadonlyMap<string, string>;

/** One action: takes the call's parameters, gives the fields it adds to the envelope, rejects with a `Refusal`. */
export type Action = (params: Params) => Promise<Record<string, unknown>>;

const MAX_NAMES = 100;
// No page size is documented for this action; a vendor SDK's comment gives these bounds.
const PAGE_SIZES = { min: 10, max: 250 };
const NAMES_PREFIX = 'listDeviceName.';

function readText(params: Params, name: string): string {
  const value = params.get(name);
  if (!value) throw refuseByModule(MODULE_CODES.illegalParameter);
  return value;
}

function readInt(params: Params, name: string, min: number, max: number): number {
  const text = readText(params, name);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw refuseByModule(MODULE_CODES.illegalParameter);
  return value;
}

/**
 * Reads `listDeviceName.0`, `listDeviceName.1`, … without a gap. Throws 2101 for none, more than 100, a gap or a
 * name outside `[a-zA-Z0-9:_-]{1,48}`.
 */
export function readDeviceNames(params: Params): string[] {
  const count = [...params.keys()].filter((key) => key.startsWith(NAMES_PREFIX)).length;
  const names = Array.from({ length: count }, (_, index) => params.get(`${NAMES_PREFIX}${index}`) ?? '');
  const isLegal = count >= 1 && count <= MAX_NAMES && names.every((name) => /^[a-zA-Z0-9:_-]{1,48}$/.test(name));
  if (!isLegal) throw refuseByModule(MODULE_CODES.illegalParameter);
  return names;
}

function findNamedTask(tasks: TaskRegister, params: Params): RegisteredTask {
  const found = tasks.findTask(readText(params, 'productID'), readText(params, 'taskID'));
  if (found.kind === 'unknown') throw refuseByModule(MODULE_CODES.taskNotFound);
  if (found.kind === 'other-product') throw refuseByModule(MODULE_CODES.taskMismatch);
  return found.task;
}

function createMultiDevice({ products, tasks }: Register, params: Params): Record<string, unknown> {
  const productId = readText(params, 'productID');
  const names = readDeviceNames(params);
  if (products.encryptionOf(productId) === undefined) throw refuseByModule(MODULE_CODES.productNotFound);
  if (new Set(names).size < names.length) throw refuseByModule(MODULE_CODES.duplicateName);
  return { taskID: tasks.createTask(productId, names).taskId };
}

function getCreateMultiDevTask({ tasks }: Register, params: Params): Record<string, unknown> {
  const task = findNamedTask(tasks, params);
  return { taskStatus: tasks.statusOf(task), taskID: task.taskId };
}

// Bad paging is 2101, which this action documents; 2004 is seen on ListDevices alone.
async function getMultiDevices({ tasks }: Register, params: Params): Promise<Record<string, unknown>> {
  const pageNum = readInt(params, 'pageNum', 1, Number.MAX_SAFE_INTEGER);
  const pageSize = readInt(params, 'pageSize', PAGE_SIZES.min, PAGE_SIZES.max);
  const task = findNamedTask(tasks, params);
  if (tasks.statusOf(task) !== 2) throw refuseByModule(MODULE_CODES.taskNotFinished);
  const devices = await task.devices;
  const start = (pageNum - 1) * pageSize;
  return {
    taskID: task.taskId,
    totalDevNum: devices.length,
    listCreateDeviceInfo: devices.slice(start, start + pageSize),
  };
}

/** The actions the query API knows, by their names. Source: "The batch trio" in legacy-api.md. */
export function createActions(register: Register): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ['CreateMultiDevice', async (params) => createMultiDevice(register, params)],
    ['GetCreateMultiDevTask', async (params) => getCreateMultiDevTask(register, params)],
    ['GetMultiDevices', (params) => getMultiDevices(register, params)],
  ]);
}
