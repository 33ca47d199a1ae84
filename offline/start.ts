import { ConfigError } from '../lib/environment.ts';
import { formatLogLine } from './formatLogLine.ts';
import { keysFile, loadOfflineKeys } from './offlineKeys.ts';
import { readService } from './readService.ts';
import { startOffline, type OfflineStage } from './startOffline.ts';

/** Commands to paste, in this directory; the first alone returns the sample task's results. */
function printCommands({ url, keepsBatches }: OfflineStage): void {
  const get = (path: string) => `curl -s -H "Authorization: Bearer $TOKEN" "${url}${path}"`;
  const task = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
  const batch = '/v1/products/BATCH12345/device-tasks/batch100devices1';
  console.log(`
iotcloud-rest, stage offline, at ${url} (Ctrl-C ends it). To paste into another terminal here:

TOKEN=$(npm run --silent token -- --scope "devices:read devices:credentials"); ${get(`${task}/devices`)}

Then, with the same token:

${get(`${task}/devices?include=credentials`)}
${get(task)}
${get(`${batch}/devices?status=failed&pageSize=3`)}
curl -s "${url}/v1/health"
`);
  if (!keepsBatches) console.log('A batch of devices that is not completed ends with this stage, whose table or vendor is in memory.\n');
}

/** One line a request for who reads along, JSON for whatever else the output goes to. */
async function createLogWriter(): Promise<(line: string) => void> {
  if (!process.stdout.isTTY) return console.log;
  const { routes } = await readService();
  // Of a function's routes the first: HEAD comes after GET.
  const routeKeys = new Map(routes.toReversed().map(({ functionName, routeKey }) => [functionName, routeKey]));
  return (line) => console.log(formatLogLine(line, routeKeys));
}

/** What went wrong, in one line. */
function complain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error)
    return `PORT: ${String(error.port)} is in use; set PORT to another one`;
  return error.message;
}

function endOnSignal(stage: OfflineStage): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      void stage.close().finally(() => process.exit(0));
    });
}

const PARENT_CHECK_MS = 500;

/** npm's shell passes no signal on: if npm alone is told to end, nobody would end what it started. */
function endWithNpm(stage: OfflineStage): void {
  if (process.env['npm_lifecycle_event'] !== 'start') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stage.close().finally(() => process.exit(0));
  }, PARENT_CHECK_MS).unref();
}

try {
  const keys = await loadOfflineKeys(keysFile);
  const stage = await startOffline(keys, { writeLog: await createLogWriter() });
  endOnSignal(stage);
  endWithNpm(stage);
  printCommands(stage);
  await stage.broken;
  await stage.close();
} catch (error) {
  console.error(`iotcloud-rest: ${complain(error)}`);
  process.exit(1);
}
