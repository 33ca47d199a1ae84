import type { BatchRef } from './batch.ts';
import { findSlot } from './findSlot.ts';
import type { BatchStore } from './storePorts.ts';

/**
 * Clears away what was written of a batch that was not accepted. Its slot goes last: a sweep finds by it what is left.
 * @returns whether it is gone: not if it was accepted after all
 */
export async function giveUpBatch(batches: BatchStore, ref: BatchRef): Promise<boolean> {
  if (!(await batches.abandon(ref))) return false;
  await batches.removeParts(ref);
  const slot = await findSlot(batches, ref);
  if (slot !== undefined) await batches.freeSlot(slot);
  return true;
}
