import { parseArgs } from 'node:util';
import { createClient, type Client, type DeviceResult, type DeviceTask } from '../client/src/index.ts';
import { drawBar } from './drawBar.ts';
import { runBatchDemo } from './demoBatch.ts';
import { keysFile, loadOfflineKeys } from './offlineKeys.ts';
import { signOfflineToken } from './offlineTokens.ts';
import { startOffline } from './startOffline.ts';

// The whole flow against the offline stage: create 100 devices, or a batch of as many as `--devices` says, follow them, read their results, find them again.

const PRODUCT = 'BATCH12345';
const SHARE: Readonly<Record<DeviceTask['status'], number>> = { pending: 0.1, running: 0.5, completed: 1 };

const { values } = parseArgs({ options: { url: { type: 'string' }, devices: { type: 'string' } } });
const keys = await loadOfflineKeys(keysFile);
const stage = values.url === undefined ? await startOffline(keys, { env: { ...process.env, PORT: '0' }, writeLog: () => undefined }) : undefined;
const baseUrl = values.url ?? stage?.url ?? '';

/** Requests and milliseconds by what answered: the cache, the list, or the vendor, creation and polls included. */
const spent = new Map<string, { calls: number; ms: number }>();

const timedFetch: typeof fetch = async (...request) => {
  const startedMs = performance.now();
  const response = await fetch(...request);
  const cache = response.headers.get('cache-status');
  const isList = cache === null && response.status === 200;
  const source = isList ? 'list' : cache?.includes('; hit') ? 'cache' : 'vendor';
  const { calls, ms } = spent.get(source) ?? { calls: 0, ms: 0 };
  spent.set(source, { calls: calls + 1, ms: ms + performance.now() - startedMs });
  return response;
};

const keyOf = (device: DeviceResult) => (device.status === 'created' ? (device.credentials?.type ?? 'none') : device.error.code);

async function runTaskDemo(client: Client): Promise<void> {
  const batch = Date.now().toString(36);
  const fresh = Array.from({ length: 97 }, (_, index) => `demo-${batch}-${String(index + 1).padStart(3, '0')}`);
  const task = await client.createTask(PRODUCT, [...fresh, 'sensor-001', 'sensor-002', 'sensor-003']);
  console.log(`task ${task.taskId} of ${task.totalDevices} devices, kept until ${task.expiresAt}`);
  const completed = await client.waitForTask(task, { onProgress: ({ status }) => drawBar(SHARE[status], status.padEnd(9)) });
  console.log(`\n${completed.createdDevices} created, ${completed.failedDevices} failed`);
  const rows: Record<string, { status: string; key: string }> = {};
  for await (const device of client.eachDevice(task, { include: 'credentials', pageSize: 25 })) {
    rows[device.deviceName] = { status: device.status, key: keyOf(device) };
  }
  const names = Object.keys(rows);
  console.table(Object.fromEntries([...names.slice(0, 3), ...names.slice(-4)].map((name) => [name, rows[name]])));
  console.log(`… ${names.length} devices in all`);
  for await (const { taskId, status, totalDevices } of client.tasks(PRODUCT)) {
    console.log(`newest of the list: task ${taskId} of ${totalDevices} devices, ${status}`);
    break;
  }
  const one = await client.device(task, names[49] ?? '', { include: 'credentials' });
  console.log(`one by its name: ${one.deviceName}, ${one.status}, ${keyOf(one)}`);
  for (const [source, { calls, ms }] of spent) console.log(`${source}: ${calls} requests, ${Math.round(ms)} ms`);
}

try {
  const scope = 'devices:read devices:write devices:credentials';
  const token = await signOfflineToken(keys, { scope, subject: 'demo', lifetimeS: 3600 }, Math.floor(Date.now() / 1000));
  const client = createClient({ baseUrl, token, fetch: timedFetch });
  if (values.devices === undefined) await runTaskDemo(client);
  else await runBatchDemo(client, PRODUCT, Number(values.devices));
} catch (error) {
  console.error(`demo: ${baseUrl}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await stage?.close();
}
