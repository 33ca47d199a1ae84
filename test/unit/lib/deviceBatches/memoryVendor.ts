import { AppError } from '../../../../lib/errors.ts';
import { createFakeSource } from '../deviceTasks/fakePorts.ts';
import type { Device } from '../../../../lib/deviceTasks/device.ts';
import type { DeviceLookup } from '../../../../lib/deviceBatches/ports.ts';
import type { TaskSource } from '../../../../lib/deviceTasks/ports.ts';
import { createSecret } from '../../../../lib/secret.ts';

/** How the vendor treats a creation; `-` says that it may have happened and no answer tells. */
const SENDINGS = ['created', 'created-', 'late-', 'nothing-', 'throttled', 'away', 'keys', 'no-product'] as const;
/** How it treats a look. */
const LOOKS = ['right', 'running', 'away', 'malformed', 'not-found', 'other-names', 'no-key'] as const;

/** How it treats a question about one device. */
const FINDINGS = ['right', 'right', 'right', 'right', 'right', 'away', 'malformed'] as const;
/** How it treats a request for a key; `-` says that it was handed out and no answer tells. */
const FETCHES = ['right', 'right', 'right', 'right', 'right-', 'away'] as const;

// A request that is delayed is taken for five minutes.
const DELAYS_MS = [500, 60_000, 110_000, 200_000, 299_000];

const AHEAD_MS = 7300;

const SNATCHED = '-201';

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

/** What becomes of a device that is sent. Only the first hundred know names that existed, so that the others may be sent again. */
export function whatHappensTo(deviceName: string): 'created' | 'broken' | 'existed' {
  const number = Number(deviceName.slice(deviceName.lastIndexOf('-') + 1));
  if (number % 7 === 3) return 'broken';
  return number % 7 === 5 && number < 100 ? 'existed' : 'created';
}

export const keyOf = (deviceName: string) => `key of ${deviceName}`;

/** A vendor that can do everything wrong, and knows what it did. */
export function createMemoryVendor({ now, choose }: VendorDeps) {
  /** Names that a sending has created or is about to create, each with how often it was sent since then. */
  const created = new Map<string, number>();
  /** When each of them is created. */
  const createdAtMs = new Map<string, number>();
  const fetched = new Set<string>();
  const sentInVain = new Set<string>();
  /** When somebody else created each of them: shortly before they are sent again. */
  const snatchedAtMs = new Map<string, number>();
  const tasks = new Map<string, readonly string[]>();
  let mood: VendorMood = 'fickle';

  const pick = <T>(all: readonly [T, ...T[]], away: T): T => {
    if (mood === 'fickle') return all[choose(all.length)] ?? all[0];
    return mood === 'kind' ? all[0] : away;
  };

  const register = (names: readonly string[], delayMs = 0) => {
    for (const name of names) {
      created.set(name, (created.get(name) ?? 0) + 1);
      if (sentInVain.has(name) && name.endsWith(SNATCHED)) snatchedAtMs.set(name, now() - 1000);
      else if (whatHappensTo(name) === 'created') createdAtMs.set(name, now() + delayMs);
    }
  };

  /** A task whose id is told. */
  const open = (names: readonly string[]) => {
    const taskId = `task-${tasks.size}`;
    register(names);
    tasks.set(taskId, names);
    return taskId;
  };

  const toDevice = (deviceName: string): Device => {
    const what = whatHappensTo(deviceName);
    if (what === 'broken') return { deviceName, status: 'failed', error: { code: 'vendor-internal-error', legacyCode: 2100 } };
    if (what === 'existed' || snatchedAtMs.has(deviceName)) return { deviceName, status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } };
    return { deviceName, status: 'created', credentials: { type: 'certificate', certificate: 'public', privateKey: createSecret(keyOf(deviceName)) } };
  };

  const isOver = ({ deadlineMs }: { readonly deadlineMs: number }) => now() >= deadlineMs;
  const refuse = (how: keyof typeof problems) => Promise.reject(new AppError(problems[how]));

  const lookup: DeviceLookup = {
    find: (_productId, name, context) => {
      if (isOver(context)) return Promise.reject(new AppError('upstream-timeout'));
      const how = pick(FINDINGS, 'away');
      if (how !== 'right') return refuse(how);
      const existed = whatHappensTo(name) === 'existed';
      const atMs = existed ? 0 : (snatchedAtMs.get(name) ?? createdAtMs.get(name) ?? Infinity);
      if (atMs > now()) return Promise.resolve(undefined);
      const createdAtS = Math.floor((atMs + AHEAD_MS) / 1000);
      return Promise.resolve({ createdAtS, aheadMs: AHEAD_MS, certificate: 'public', isKeyFetched: fetched.has(name) });
    },
    fetchKey: (_productId, name, context) => {
      if (isOver(context)) return Promise.reject(new AppError('upstream-timeout'));
      const how = pick(FETCHES, 'away');
      if (how === 'away') return refuse(how);
      const isFirst = !fetched.has(name);
      fetched.add(name);
      return Promise.resolve(how === 'right' && isFirst ? createSecret(keyOf(name)) : undefined);
    },
  };

  const source: TaskSource = {
    ...createFakeSource([]).source,
    createTask: (_productId, names, context) => {
      // As the client of the real one: past its time it sends nothing.
      if (isOver(context)) return Promise.reject(new AppError('upstream-timeout'));
      context.tally.lastSentAtMs = now();
      const how = pick(SENDINGS, 'away');
      if (how === 'created') return Promise.resolve(open(names));
      if (how === 'no-product')
        return Promise.reject(new AppError('product-not-found', undefined, { deviceError: { code: 'product-not-found', legacyCode: 2008 } }));
      if (how === 'throttled' || how === 'away' || how === 'keys') return refuse(how);
      if (how === 'nothing-') names.forEach((name) => sentInVain.add(name));
      else register(names, how === 'late-' ? DELAYS_MS[choose(DELAYS_MS.length)] : 0);
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
    lookup,
    created,
    createdAtMs,
    snatchedAtMs,
    fetched,
    tasks,
    toDevice,
    setMood: (next: VendorMood) => void (mood = next),
  };
}
