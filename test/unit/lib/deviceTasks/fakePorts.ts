import type { Device, TaskStatus } from '../../../../lib/deviceTasks/device.ts';
import { createLoadTask } from '../../../../lib/deviceTasks/loadTask.ts';
import { countDevices } from '../../../../lib/deviceTasks/paging.ts';
import type { ResultStore, TaskRecord, TaskSource } from '../../../../lib/deviceTasks/ports.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import type { RequestScope } from '../../../../lib/deviceTasks/requestScope.ts';

export const nowMs = Date.UTC(2026, 10, 24, 10);
export const nowS = nowMs / 1000;
export const ref = { productId: 'P', taskId: 'T' };

export const makeScope = (): RequestScope => ({ deadlineMs: nowMs + 10_000, tally: { vendorCalls: 0, vendorMs: 0 } });

/** A vendor that knows one task; counts what it is asked and whether secrets could leak past it. */
export function createFakeSource(devices: readonly Device[], status: TaskStatus = 'completed') {
  const calls: string[] = [];
  let fault: Error | undefined;
  const answer = async <T>(name: string, value: T): Promise<T> => {
    calls.push(name);
    await Promise.resolve();
    if (fault !== undefined) throw fault;
    return value;
  };
  const source: TaskSource = {
    readStatus: () => answer('readStatus', status),
    readDevices: () => answer('readDevices', devices),
    createTask: () => Promise.reject(new Error('no task is created here')),
  };
  return { source, calls, setFault: (error: Error | undefined) => void (fault = error) };
}

/** A store in memory that can be told to fail; it notes what it is asked. */
export function createFakeStore(overrides: Partial<ResultStore> = {}) {
  const calls: string[] = [];
  const tasks = new Map<string, readonly Device[]>();
  const expiresAtS = nowS + 600;
  const fetchId = 'fetch';
  const key = (task: { productId: string; taskId: string }) => JSON.stringify(task);
  const plain: ResultStore = {
    keepsSecrets: true,
    readTask: (task) => {
      const devices = tasks.get(key(task));
      const record: TaskRecord = devices === undefined ? {} : { completed: { ...countDevices(devices), expiresAtS, fetchId } };
      return Promise.resolve(record);
    },
    readPage: (task, query, withSecrets) => {
      const devices = tasks.get(key(task));
      if (devices === undefined) return Promise.resolve({ kind: 'absent' });
      return Promise.resolve({ kind: 'found', page: { ...cutPage(devices, query, withSecrets), expiresAtS } });
    },
    save: (task, devices) => {
      tasks.set(key(task), devices);
      return Promise.resolve({ ...countDevices(devices), expiresAtS, fetchId });
    },
    noteCreation: () => Promise.resolve(),
    ...overrides,
  };
  const noting = <A extends readonly unknown[], R>(name: string, method: (...args: A) => R) =>
    (...args: A): R => {
      calls.push(name);
      return method(...args);
    };
  const store: ResultStore = {
    keepsSecrets: plain.keepsSecrets,
    readTask: noting('readTask', plain.readTask),
    readPage: noting('readPage', plain.readPage),
    save: noting('save', plain.save),
    noteCreation: noting('noteCreation', plain.noteCreation),
  };
  return { store, calls, expiresAtS };
}

/** Everything a use case needs, faults noted by their event. */
export function wire(source: TaskSource, store: ResultStore) {
  const faults: string[] = [];
  const reportFault = (event: string) => void faults.push(event);
  const loadTask = createLoadTask({ source, store, reportFault });
  return { faults, deps: { store, loadTask, reportFault, now: () => nowMs } };
}

export const outOfReach = () => Promise.reject(new Error('the table is out of reach'));
