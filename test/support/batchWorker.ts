import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createBatchContainer } from '../../lib/batchContainer.ts';
import type { DelayedMessage, StepMessage } from '../../lib/deviceBatches/ports.ts';

/** A clock that runs faster than the machine's. Every process of a run has the same. */
export interface FastClock {
  /** Unix milliseconds at which it began. */
  readonly baseMs: number;
  readonly speed: number;
}

export const readFastClock = ({ baseMs, speed }: FastClock, realMs: number) => Math.floor(baseMs + (realMs - baseMs) * speed);

/** What test and worker tell each other. */
export type ToWorker =
  | { readonly kind: 'start'; readonly clock: FastClock; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'step'; readonly id: number; readonly message: StepMessage }
  | { readonly kind: 'sent'; readonly id: number };
export type FromWorker =
  | { readonly kind: 'send'; readonly id: number; readonly messages: readonly DelayedMessage[] }
  | { readonly kind: 'ended'; readonly id: number; readonly isDone: boolean };

/** A process that takes the steps of batches, with a queue at the test's end of the line. */
export function forkBatchWorker(clock: FastClock, env: Readonly<Record<string, string>>): ChildProcess {
  const child = fork(fileURLToPath(import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send({ kind: 'start', clock, env } satisfies ToWorker);
  return child;
}

if (import.meta.main) {
  const tell = (message: FromWorker) => process.send?.(message);
  const waiting = new Map<number, () => void>();
  let sends = 0;
  const queue = {
    send: (messages: readonly DelayedMessage[]) =>
      new Promise<void>((resolve) => {
        waiting.set((sends += 1), resolve);
        tell({ kind: 'send', id: sends, messages });
      }),
  };
  let container: ReturnType<typeof createBatchContainer> | undefined;
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'start') {
      const realNow = Date.now;
      Date.now = () => readFastClock(message.clock, realNow());
      container = createBatchContainer(message.env, { queue, write: () => undefined });
    } else if (message.kind === 'sent') waiting.get(message.id)?.();
    else {
      const { id, message: step } = message;
      const context = { deadlineMs: Date.now() + 8000, tally: { vendorCalls: 0, vendorMs: 0 } };
      container
        ?.services()
        .runStep(step, context)
        .then(
          () => tell({ kind: 'ended', id, isDone: true }),
          () => tell({ kind: 'ended', id, isDone: false }),
        );
    }
  });
  process.once('disconnect', () => process.exit());
}
