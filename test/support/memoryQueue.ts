import type { DelayedMessage, StepMessage, StepQueue } from '../../lib/deviceBatches/ports.ts';

/** A queue in memory: what is sent lies there until the test takes it. */
export function createMemoryQueue() {
  let lying: DelayedMessage[] = [];
  const queue: StepQueue = {
    send: (messages) => {
      lying.push(...messages);
      return Promise.resolve();
    },
  };
  return {
    ...queue,
    lying: () => lying,
    /** Takes out everything that lies there, in any order. */
    take: (): readonly DelayedMessage[] => {
      const taken = lying;
      lying = [];
      return taken;
    },
    steps: () => lying.map(({ message }): StepMessage['step'] => message.step),
  };
}

export type MemoryQueue = ReturnType<typeof createMemoryQueue>;
