import { NOTHING, type Usage } from './prices.ts';

/** What the bill takes from `bench/results.json`. */
export interface Measured {
  readonly warm: Readonly<Record<string, { readonly cpuMs: { readonly median: number } }>>;
  readonly coldPages: Readonly<Record<string, { readonly latencyMs: { readonly median: number } }>>;
  readonly units: readonly { readonly page: string; readonly readUnits: number }[];
  readonly writes: readonly { readonly task: string; readonly writeUnits: number; readonly kilobytesADevice: number }[];
  readonly reads: readonly { readonly page: string; readonly body: number; readonly head: number; readonly logs: number }[];
}

// What cannot be measured here: a round trip to DynamoDB or KMS in a region, a call of the vendor's, how much of a core
// a function of 1 GB has, and the lines that Lambda itself writes of an invocation (START, END, REPORT).
const ROUND_TRIP_MS = 5;
const VENDOR_CALL_MS = 300;
const CORE = 1024 / 1769;
const PLATFORM_LOG_BYTES = 270;

export const ASSUMED =
  `Assumed: ${ROUND_TRIP_MS} ms for a round trip to the table or the key, ${VENDOR_CALL_MS} ms for a call of the vendor's, ${CORE.toFixed(2)} of a core for a function of 1 GB, ` +
  `${PLATFORM_LOG_BYTES} bytes that Lambda logs of an invocation; every client takes gzip, and none has a page already (304).`;

function find<T>(list: readonly T[], isWanted: (entry: T) => boolean): T {
  const found = list.find(isWanted);
  if (found === undefined) throw new Error('bench/results.json lacks what the bill needs');
  return found;
}

interface Answered {
  readonly roundTrips: number;
  readonly vendorCalls?: number;
  readonly cpuMs: number;
  readonly logBytes: number;
  readonly sentBytes: number;
}

/** One request and its answer, as a function of 1 GB serves it; billed by whole milliseconds. */
function requestUsage({ roundTrips, vendorCalls = 0, cpuMs, logBytes, sentBytes }: Answered): Usage {
  const ms = Math.ceil(roundTrips * ROUND_TRIP_MS + vendorCalls * VENDOR_CALL_MS + cpuMs / CORE);
  return { ...NOTHING, requests: 1, gbSeconds: ms / 1000, logGb: (logBytes + PLATFORM_LOG_BYTES) / 1e9, trafficGb: sentBytes / 1e9 };
}

// An answer of a task's state: 250 bytes and its headers.
const TASK_BODY_BYTES = 250;

/** What each thing a caller does uses, and what a task of so many devices does for a month. */
export function measureUsage({ warm, coldPages, units, writes, reads }: Measured) {
  const read = (kind: string, page: string, keyCalls: number): Usage => {
    const { body, head, logs } = find(reads, (entry) => entry.page === `${kind} of cert100`);
    const { readUnits } = find(units, (entry) => entry.page === page);
    const cpuMs = warm[kind]?.cpuMs.median ?? NaN;
    return { ...requestUsage({ roundTrips: 1 + keyCalls, cpuMs, logBytes: logs, sentBytes: body + head }), readUnits, keyCalls };
  };
  const { head, logs: logBytes } = find(reads, ({ page }) => page === '20 in gzip of cert100');
  const ofTask = { logBytes, sentBytes: TASK_BODY_BYTES + head, vendorCalls: 1 };
  const [task20, task100] = ['cert20', 'cert100'].map((name) => find(writes, ({ task }) => task === name));
  const unitsAChunk = ((task100?.writeUnits ?? NaN) - (task20?.writeUnits ?? NaN)) / 4;
  const kilobytesADevice = task100?.kilobytesADevice ?? NaN;
  const LEASE_UNITS = 1;
  return {
    read: read('20 in gzip', '20 of cert100', 0),
    readWithSecrets: read('20 with secrets', '20 of cert100 with secrets', 1),
    /** With what is noted of it, and without an `Idempotency-Key`. */
    creation: { ...requestUsage({ ...ofTask, roundTrips: 1, cpuMs: 1 }), writeUnits: 2 },
    poll: { ...requestUsage({ ...ofTask, roundTrips: 1, cpuMs: 1 }), readUnits: 1 },
    /** The first read: from the vendor, and into the table. */
    coldRead: (devices: number): Usage => ({
      ...requestUsage({ ...ofTask, roundTrips: 6, vendorCalls: 2, cpuMs: coldPages['100']?.latencyMs.median ?? NaN }),
      readUnits: 2.5,
      writeUnits: LEASE_UNITS + (task20?.writeUnits ?? NaN) + (Math.ceil(devices / 20) - 1) * unitsAChunk,
      keyCalls: 1,
    }),
    storedMonth: (devices: number): Usage => ({ ...NOTHING, storedGb: (devices * kilobytesADevice * 1024) / 1e9 }),
  };
}
