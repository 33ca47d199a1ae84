import { AppError } from '../../../../lib/errors.ts';
import { createFakeSource } from '../deviceTasks/fakePorts.ts';
import type { Device } from '../../../../lib/deviceTasks/device.ts';
import type { TaskSource } from '../../../../lib/deviceTasks/ports.ts';
import { createSecret } from '../../../../lib/secret.ts';

/** How the vendor treats a creation; `-` says that it may have happened and no answer tells. */
const SENDINGS = ['created', 'created-', 'nothing-', 'throttled', 'away', 'keys', 'no-product'] as const;
/** How it treats a look. */
const LOOKS = ['right', 'running', 'away', 'malformed', 'not-found', 'other-names', 'no-key'] as const;

/** `fickle`: everything may happen. */
export type VendorMood = 'kind' | 'fickle' | 'away';

export interface VendorDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A whole number below `count`. */
  readonly choose: (count: number) => number;
}

const problems = {
  throttled: 'upstream-rate-limited',
  away: 'upstream-unavailable',
  keys: 'upstream-auth-failed',
  malformed: 'upstream-malformed',
  'not-found': 'task-not-found',
} as const;

/** A vendor that can do everything wrong, and knows what it did. */
export function createMemoryVendor({ now, choose }: VendorDeps) {
  /** Names that a sending may have created, each with how often. */
  const created = new Map<string, number>();
  const tasks = new Map<string, readonly string[]>();
  let mood: VendorMood = 'fickle';

  const pick = <T>(all: readonly [T, ...T[]], away: T): T => {
    if (mood === 'fickle') return all[choose(all.length)] ?? all[0];
    return mood === 'kind' ? all[0] : away;
  };

  const register = (names: readonly string[]) => {
    for (const name of names) created.set(name, (created.get(name) ?? 0) + 1);
    const taskId = `task-${tasks.size}`;
    tasks.set(taskId, names);
    return taskId;
  };

  const toDevice = (deviceName: string, index: number): Device => {
    if (index % 7 === 3) return { deviceName, status: 'failed', error: { code: 'vendor-internal-error', legacyCode: 2100 } };
    if (index % 7 === 5) return { deviceName, status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } };
    return { deviceName, status: 'created', credentials: { type: 'psk', psk: createSecret(`key of ${deviceName}`) } };
  };

  const source: TaskSource = {
    ...createFakeSource([]).source,
    createTask: (_productId, names, { deadlineMs }) => {
      // As the client of the real one: past its time it sends nothing.
      if (now() >= deadlineMs) return Promise.reject(new AppError('upstream-timeout'));
      const how = pick(SENDINGS, 'away');
      if (how === 'created') return Promise.resolve(register(names));
      if (how === 'no-product')
        return Promise.reject(new AppError('product-not-found', undefined, { deviceError: { code: 'product-not-found', legacyCode: 2008 } }));
      if (how === 'throttled' || how === 'away' || how === 'keys') return Promise.reject(new AppError(problems[how]));
      if (how === 'created-') register(names);
      // Nobody could tell it from the other: to send such a name again would be wrong.
      else for (const name of names) created.set(name, (created.get(name) ?? 0) + 1);
      return Promise.reject(new AppError('task-creation-unknown'));
    },
    readStatus: () => {
      const how = pick(LOOKS, 'away');
      if (how === 'right' || how === 'other-names' || how === 'no-key') return Promise.resolve('completed');
      if (how === 'running') return Promise.resolve('running');
      return Promise.reject(new AppError(problems[how]));
    },
    readDevices: ({ taskId }) => {
      const how = pick(LOOKS, 'away');
      const devices = (tasks.get(taskId) ?? []).map(toDevice).toReversed();
      if (how === 'right' || how === 'running') return Promise.resolve(devices);
      if (how === 'other-names') return Promise.resolve(devices.slice(1));
      if (how === 'no-key') return Promise.resolve(devices.map(({ deviceName }) => ({ deviceName, status: 'created' as const })));
      return Promise.reject(new AppError(problems[how]));
    },
  };

  return {
    source,
    created,
    tasks,
    toDevice,
    setMood: (next: VendorMood) => void (mood = next),
  };
}
