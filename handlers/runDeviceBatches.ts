import { getBatchContainer } from '../lib/batchContainer.ts';
import { createStepHandler } from '../lib/events/createStepHandler.ts';

/** Messages of the queue: takes the steps of batches. */
export const handler = createStepHandler('runDeviceBatches', getBatchContainer);
