import type { ChildProcess } from 'node:child_process';
import type { DelayedMessage, StepMessage } from '../../lib/deviceBatches/ports.ts';
import type { FromWorker, ToWorker } from './batchWorker.ts';

interface Lying {
  readonly message: StepMessage;
  dueAtMs: number;
}

export interface BatchQueueOptions {
  /** Milliseconds by the clock of the run. */
  readonly now: () => number;
  /** How long a message that was taken stays away if nobody says that it is done. */
  readonly visibilityMs: number;
  /** Messages that a worker is given at once. */
  readonly atOnce: number;
}

/** A standard queue as its workers know it: at least once, in any order, and it outlives them. */
export function createBatchQueue({ now, visibilityMs, atOnce }: BatchQueueOptions) {
  const lying = new Set<Lying>();
  const send = (messages: readonly DelayedMessage[]) => {
    for (const { message, delayS } of messages) lying.add({ message, dueAtMs: now() + delayS * 1000 });
    return Promise.resolve();
  };
  return {
    send,
    count: () => lying.size,
    /** Hands messages that are due to a worker, as long as it lives. */
    serve: (worker: ChildProcess) => {
      const taken = new Map<number, Lying>();
      let ids = 0;
      const order = (message: ToWorker) => worker.connected && worker.send(message);
      const give = () => {
        for (const one of lying) {
          if (taken.size >= atOnce) return;
          if (one.dueAtMs > now()) continue;
          one.dueAtMs = now() + visibilityMs;
          taken.set((ids += 1), one);
          order({ kind: 'step', id: ids, message: one.message });
        }
      };
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'send') void send(message.messages).then(() => order({ kind: 'sent', id: message.id }));
        else {
          const one = taken.get(message.id);
          taken.delete(message.id);
          if (message.isDone && one !== undefined) lying.delete(one);
          give();
        }
      });
      const timer = setInterval(give, 20);
      worker.once('exit', () => clearInterval(timer));
    },
  };
}
