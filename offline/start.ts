import { ConfigError } from '../lib/environment.ts';
import { loadOfflineKeys, type OfflineKeys } from './offlineKeys.ts';
import { signOfflineToken } from './offlineTokens.ts';
import { keysFile } from './paths.ts';
import { startOffline, type OfflineStage } from './startOffline.ts';

const EXAMPLE_TOKEN_LIFETIME_S = 8 * 60 * 60;

/** Commands to paste; the first returns the sample task's results. */
async function printCommands(url: string, keys: OfflineKeys): Promise<void> {
  const request = {
    scope: 'devices:read devices:write devices:credentials',
    subject: 'me',
    lifetimeS: EXAMPLE_TOKEN_LIFETIME_S,
  };
  const token = await signOfflineToken(keys, request, Math.floor(Date.now() / 1000));
  const get = (path: string) => `curl -s -H "Authorization: Bearer ${token}" "${url}${path}"`;
  const task = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
  const batch = '/v1/products/BATCH12345/device-tasks/batch100devices1';
  console.log(`
iotcloud-rest, stage offline, at ${url} (Ctrl-C ends it). Commands to paste:

${get(`${task}/devices`)}
${get(`${task}/devices?include=credentials`)}
${get(task)}
${get(`${batch}/devices?status=failed&pageSize=3`)}
curl -s "${url}/v1/health"
`);
}

/** What went wrong in one line, where it is something a user can mend. */
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

/** npm's shell hands no signal on: where npm alone is told to end, nobody would end what it started. */
function endWithNpm(stage: OfflineStage): void {
  if (process.env['npm_lifecycle_event'] !== 'start') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stage.close().finally(() => process.exit(0));
  }, PARENT_CHECK_MS).unref();
}

try {
  const keys = await loadOfflineKeys(keysFile);
  const stage = await startOffline(keys);
  endOnSignal(stage);
  endWithNpm(stage);
  await printCommands(stage.url, keys);
  await stage.broken;
  await stage.close();
} catch (error) {
  console.error(`iotcloud-rest: ${complain(error)}`);
  process.exit(1);
}
