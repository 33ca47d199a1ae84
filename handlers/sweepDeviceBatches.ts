import { getContainer } from '../lib/container.ts';
import { createSweepHandler } from '../lib/events/createSweepHandler.ts';

/** Every five minutes: looks for parts of batches that nobody looks after any more. */
export const handler = createSweepHandler('sweepDeviceBatches', getContainer);
