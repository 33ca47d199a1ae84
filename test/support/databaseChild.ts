import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startEmbeddedDynamoDb } from '../../offline/embeddedDynamoDb.ts';

/** A DynamoDB emulator in a process of its own, which can be stopped and killed. */
export interface DatabaseProcess {
  readonly endpoint: string;
  readonly child: ChildProcess;
  readonly close: () => Promise<void>;
}

export async function startDatabaseProcess(): Promise<DatabaseProcess> {
  const child = fork(fileURLToPath(import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [message] = (await once(child, 'message')) as [{ endpoint: string }]; // what the child sends below
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { ...message, child, close };
}

if (import.meta.main) {
  process.send?.({ endpoint: (await startEmbeddedDynamoDb()).endpoint });
  // Nobody is left to ask.
  process.once('disconnect', () => process.exit());
}
