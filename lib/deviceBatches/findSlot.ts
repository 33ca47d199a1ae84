import type { BatchRef } from './batch.ts';
import type { BatchStore, Slot } from './storePorts.ts';

/** The slot that a batch holds. @returns `undefined` if it holds none, or none any more */
export async function findSlot(batches: BatchStore, { batchId }: BatchRef): Promise<Slot | undefined> {
  const { slots } = await batches.readOpen();
  return slots.find(({ ref }) => ref.batchId === batchId);
}
