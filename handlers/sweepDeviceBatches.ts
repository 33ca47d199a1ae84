import { getBatchContainer } from '../lib/batchContainer.ts';
import { createSweepHandler } from '../lib/events/createSweepHandler.ts';

/** Every five minutes: looks for parts of batches that nobody looks after any more. */
export const handler = createSweepHandler('sweepDeviceBatches', getBatchContainer);
