import { countDevices, pickNames, withoutSecret, type Device, type TaskStatus } from '../../../../lib/deviceTasks/device.ts';
import type { FetchLease, ResultStore, TaskRecord, TaskSource } from '../../../../lib/deviceTasks/ports.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { createReadThrough } from '../../../../lib/deviceTasks/readThrough.ts';
import type { RequestContext } from '../../../../lib/deviceTasks/requestContext.ts';

export const nowMs = Date.UTC(2026, 10, 24, 10);
export const nowS = nowMs / 1000;
export const ref = { productId: 'P', taskId: 'T' };

export const makeContext = (): RequestContext => ({ deadlineMs: nowMs + 10_000, tally: { vendorCalls: 0, vendorMs: 0 } });

/** A vendor that knows one task; counts what it is asked. */
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
    api: 'this one',
    readStatus: () => answer('readStatus', status),
    readDevices: () => answer('readDevices', devices),
    createTask: () => Promise.reject(new Error('no task is created here')),
  };
  return { source, calls, setFault: (error: Error | undefined) => void (fault = error) };
}

/** A store in memory that can be told to fail; it notes what it is asked. */
export function createFakeStore(overrides: Partial<ResultStore> = {}) {
  const calls: string[] = [];
  const tasks = new Map<string, { readonly devices: readonly Device[]; readonly fetchId: string }>();
  const expiresAtS = nowS + 600;
  const key = (task: { productId: string; taskId: string }) => JSON.stringify(task);
  const plain: ResultStore = {
    keepsSecrets: true,
    readTask: (task) => {
      const stored = tasks.get(key(task));
      const record: TaskRecord =
        stored === undefined ? {} : { completed: { ...countDevices(stored.devices), expiresAtS, fetchId: stored.fetchId } };
      return Promise.resolve(record);
    },
    readPage: (task, query, withSecrets) => {
      const stored = tasks.get(key(task));
      if (stored === undefined) return Promise.resolve({ kind: 'absent' });
      return Promise.resolve({ kind: 'found', value: cutPage(stored.devices, query, withSecrets), expiresAtS });
    },
    readDevice: (task, deviceName, withSecrets) => {
      const stored = tasks.get(key(task));
      if (stored === undefined) return Promise.resolve({ kind: 'absent' });
      const found = stored.devices.find((device) => device.deviceName === deviceName);
      return Promise.resolve({ kind: 'found', value: found === undefined || withSecrets ? found : withoutSecret(found), expiresAtS });
    },
    readNames: (wanted, withSecrets) => {
      const read = ({ ref: task, names }: (typeof wanted)[number]) => {
        const picked = pickNames(names, tasks.get(key(task))?.devices ?? []);
        if (picked === undefined) return { kind: 'absent' } as const;
        return { kind: 'found', value: withSecrets ? picked : picked.map(withoutSecret), expiresAtS } as const;
      };
      return Promise.resolve(wanted.map(read));
    },
    save: (task, devices, _endsAtS, fetchId = `fetch-${calls.length}`) => {
      tasks.set(key(task), { devices, fetchId });
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
    readDevice: noting('readDevice', plain.readDevice),
    readNames: noting('readNames', plain.readNames),
    save: noting('save', plain.save),
    noteCreation: noting('noteCreation', plain.noteCreation),
  };
  return { store, calls, expiresAtS };
}

export const freeLease: FetchLease = {
  acquire: () => Promise.resolve({ fetchId: 'fetch', release: () => Promise.resolve() }),
  readHolder: () => Promise.resolve(undefined),
};

/** Everything a read needs, faults noted by their event. Time moves by sleeping alone. */
export function wire(source: TaskSource, store: ResultStore, lease: FetchLease = freeLease, startMs = nowMs) {
  const faults: string[] = [];
  let timeMs = startMs;
  const clock = { now: () => timeMs, sleep: (ms: number) => Promise.resolve(void (timeMs += ms)) };
  const reportFault = (event: string, error: unknown) =>
    void faults.push(event === 'results-inconsistent' && error instanceof Error ? error.name : event);
  const readThrough = createReadThrough({ source, store, lease, reportFault, clock });
  return { faults, deps: { store, readThrough, reportFault, clock, lease }, waitedMs: () => timeMs - startMs };
}

export const outOfReach = () => Promise.reject(new Error('the table is out of reach'));
