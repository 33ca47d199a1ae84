import type { ProductBook } from './createProductBook.ts';
import type { SeedDevice, SeedTask, TaskStatus } from './legacyEmulator.ts';
import { moduleCodes, refuseByModule } from './refusal.ts';

export interface TaskLife {
  pendingMs: number;
  runningMs: number;
}

export interface TaskStoreDeps extends TaskLife {
  /** Milliseconds since the epoch. */
  now: () => number;
  products: ProductBook;
  newTaskId: () => string;
}

export interface StoredTask {
  productId: string;
  taskId: string;
  /** Settled once the keys are made; the same devices ever after. */
  devices: Promise<readonly SeedDevice[]>;
  createdAtMs: number;
  /** Set on seeded tasks, whose status stands still. */
  fixedStatus: TaskStatus | undefined;
}

export interface TaskStore {
  addTask: (task: SeedTask) => void;
  deleteTask: (productId: string, taskId: string) => void;
  /** Takes the names and begins to make the keys at once, but waits for none: the task is there before its devices. */
  createTask: (productId: string, names: readonly string[]) => StoredTask;
  /** Throws 2006 where the task is unknown or gone, 2012 where it is another product's. */
  findTask: (productId: string, taskId: string) => StoredTask;
  statusOf: (task: StoredTask) => TaskStatus;
}

// The vendor says one month.
const taskLifeMs = 30 * 24 * 3600 * 1000;

/** The status at a time: 0 for `pendingMs`, then 1 for `runningMs`, then 2. */
export function taskStatusAt(nowMs: number, task: StoredTask, life: TaskLife): TaskStatus {
  if (task.fixedStatus !== undefined) return task.fixedStatus;
  const ageMs = nowMs - task.createdAtMs;
  if (ageMs < life.pendingMs) return 0;
  return ageMs < life.pendingMs + life.runningMs ? 1 : 2;
}

/** Whether the task's month is over at a time: the vendor then knows neither the task nor its private keys. */
export function isGoneAt(nowMs: number, task: StoredTask): boolean {
  return nowMs - task.createdAtMs >= taskLifeMs;
}

/** The tasks of the emulated module, found by `taskId`, which is unique over all products. */
export function createTaskStore({ now, products, newTaskId, ...life }: TaskStoreDeps): TaskStore {
  const tasks = new Map<string, StoredTask>();
  return {
    addTask({ productId, taskId, devices, status = 2 }) {
      const created = devices.filter((device) => device.result === 0);
      for (const { deviceName } of created) products.addName(productId, deviceName);
      tasks.set(taskId, { productId, taskId, devices: Promise.resolve([...devices]), createdAtMs: now(), fixedStatus: status });
    },
    deleteTask(productId, taskId) {
      if (tasks.get(taskId)?.productId === productId) tasks.delete(taskId);
    },
    createTask(productId, names) {
      const devices = Promise.all(names.map((name) => products.createDevice(productId, name)));
      // Whoever reads the devices is told; with no reader yet, a rejection would end the process.
      devices.catch(() => {});
      const task = { productId, taskId: newTaskId(), devices, createdAtMs: now(), fixedStatus: undefined };
      tasks.set(task.taskId, task);
      return task;
    },
    findTask(productId, taskId) {
      const task = tasks.get(taskId);
      if (task === undefined || isGoneAt(now(), task)) throw refuseByModule(moduleCodes.taskNotFound);
      if (task.productId !== productId) throw refuseByModule(moduleCodes.taskMismatch);
      return task;
    },
    statusOf: (task) => taskStatusAt(now(), task, life),
  };
}
