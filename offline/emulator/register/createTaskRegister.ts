import type { DeviceKeys } from './createDeviceIssuer.ts';
import type { ProductRegister } from './createProductRegister.ts';
import { DEVICE_CREATED, type EmulatedDevice, type EmulatedTask, type TaskStatus } from './entities.ts';

/** How long a created task has status 0, and then status 1. */
export interface TaskLife {
  readonly pendingMs: number;
  readonly runningMs: number;
}

export interface TaskRegisterDeps extends TaskLife {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly products: ProductRegister;
  readonly newTaskId: () => string;
  /** How long after its call a creation is carried out, in milliseconds; default at once. */
  readonly creationDelayMs?: () => number;
}

export interface RegisteredTask {
  readonly productId: string;
  readonly taskId: string;
  /** Settled once the keys are made; the same devices ever after. */
  readonly devices: Promise<readonly EmulatedDevice[]>;
  readonly createdAtMs: number;
  /** Of a task that was added, whose status stands still. */
  readonly fixedStatus: TaskStatus | undefined;
}

export type TaskLookup =
  | { readonly kind: 'found'; readonly task: RegisteredTask }
  /** There is none, or its month is over. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'other-product' };

/** The tasks, found by an id that is unique over all products. */
export interface TaskRegister {
  /** Adds a task whose status stands still, or replaces the one with the same `taskId`. Its month starts now. */
  readonly addTask: (task: EmulatedTask) => void;
  readonly deleteTask: (productId: string, taskId: string) => void;
  /** Takes the names and begins to make the keys at once, but waits for none: the task is there before its devices. */
  readonly createTask: (productId: string, names: readonly string[]) => RegisteredTask;
  readonly findTask: (productId: string, taskId: string) => TaskLookup;
  readonly statusOf: (task: RegisteredTask) => TaskStatus;
  /** Carries out the creations that are due by now. */
  readonly catchUp: () => void;
}

// The vendor says one month.
const TASK_LIFE_MS = 30 * 24 * 3600 * 1000;

/** The status at a time: 0 for `pendingMs`, then 1 for `runningMs`, then 2. */
export function taskStatusAt(nowMs: number, task: RegisteredTask, life: TaskLife): TaskStatus {
  if (task.fixedStatus !== undefined) return task.fixedStatus;
  const ageMs = nowMs - task.createdAtMs;
  if (ageMs < life.pendingMs) return 0;
  return ageMs < life.pendingMs + life.runningMs ? 1 : 2;
}

/** Whether the task's month is over at a time: the vendor then knows neither the task nor its private keys. */
export function isGoneAt(nowMs: number, task: RegisteredTask): boolean {
  return nowMs - task.createdAtMs >= TASK_LIFE_MS;
}

function keysOf({ deviceCert, devicePrivateKey, devicePsk }: EmulatedDevice): DeviceKeys | undefined {
  if (devicePsk !== undefined) return { devicePsk };
  return deviceCert === undefined || devicePrivateKey === undefined ? undefined : { deviceCert, devicePrivateKey };
}

export function createTaskRegister({ now, products, newTaskId, creationDelayMs = () => 0, ...life }: TaskRegisterDeps): TaskRegister {
  const tasks = new Map<string, RegisteredTask>();
  let delayed: { readonly atMs: number; readonly create: () => void }[] = [];

  const catchUp = () => {
    const due = delayed.filter(({ atMs }) => atMs <= now());
    delayed = delayed.filter(({ atMs }) => atMs > now());
    for (const { create } of due) create();
  };
  return {
    addTask({ productId, taskId, devices, status = 2 }) {
      const created = devices.filter(({ result }) => result === DEVICE_CREATED);
      for (const device of created) products.addDevice(productId, device.deviceName, keysOf(device));
      tasks.set(taskId, { productId, taskId, devices: Promise.resolve([...devices]), createdAtMs: now(), fixedStatus: status });
    },
    deleteTask(productId, taskId) {
      if (tasks.get(taskId)?.productId === productId) tasks.delete(taskId);
    },
    createTask(productId, names) {
      const createdAtMs = now() + creationDelayMs();
      const { promise: devices, resolve } = Promise.withResolvers<readonly EmulatedDevice[]>();
      delayed.push({ atMs: createdAtMs, create: () => resolve(Promise.all(names.map((name) => products.createDevice(productId, name, createdAtMs)))) });
      catchUp();
      // Whoever reads the devices is told; with no reader yet, a rejection would end the process.
      devices.catch(() => {});
      const task = { productId, taskId: newTaskId(), devices, createdAtMs, fixedStatus: undefined };
      tasks.set(task.taskId, task);
      return task;
    },
    findTask(productId, taskId) {
      const task = tasks.get(taskId);
      if (task === undefined || isGoneAt(now(), task)) return { kind: 'unknown' };
      return task.productId === productId ? { kind: 'found', task } : { kind: 'other-product' };
    },
    catchUp,
    statusOf: (task) => taskStatusAt(now(), task, life),
  };
}
