import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSeed } from '../../offline/emulator/createSeed.ts';
import { startEmulator } from '../../offline/emulator/startEmulator.ts';
import { emulatorKey } from './emulatorClient.ts';

// Long enough to be met under way, short enough not to be waited for.
const life = { pendingMs: 150, runningMs: 150 };

/** The vendor's emulator in a process of its own, so that what it keeps is no memory of ours. */
export async function startEmulatorProcess() {
  const child = fork(fileURLToPath(import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [message] = (await once(child, 'message')) as [{ endpoint: string }]; // what the child sends below
  return {
    ...message,
    close: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

if (import.meta.main) {
  const emulator = await startEmulator({ ...emulatorKey, ...(await createSeed()), ...life });
  // Counted at the proxy; here it would only grow.
  setInterval(emulator.clearCalls, 1000);
  process.send?.({ endpoint: emulator.endpoint });
  process.once('disconnect', () => process.exit());
}
