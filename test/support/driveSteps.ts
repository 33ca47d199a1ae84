import type { BatchContainer } from '../../lib/batchContainer.ts';
import type { MemoryQueue } from './memoryQueue.ts';

export interface DrivenStage {
  readonly container: BatchContainer;
  readonly queue: MemoryQueue;
}

/** What one invocation may take. */
export const stepContext = () => ({ deadlineMs: Date.now() + 8000, tally: { vendorCalls: 0, vendorMs: 0 } });

/** Delivers what lies in the queue, all of it at once. @returns the longest delay among it, in milliseconds */
export async function deliverAll({ container, queue }: DrivenStage): Promise<number> {
  const taken = queue.take();
  await Promise.all(taken.map(({ message }) => container.services().runStep(message, stepContext())));
  return Math.max(0, ...queue.lying().map(({ delayS }) => delayS * 1000));
}

/**
 * Delivers messages until none is left, or as often as `rounds` says.
 * @param wait moves the clock by so many milliseconds
 */
export async function driveSteps(stage: DrivenStage, wait: (ms: number) => void, rounds = 50): Promise<void> {
  for (let round = 0; round < rounds && stage.queue.lying().length > 0; round += 1) wait(await deliverAll(stage));
}
