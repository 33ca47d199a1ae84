import { getContainer } from '../lib/container.ts';
import { createStepHandler } from '../lib/events/createStepHandler.ts';

/** Messages of the queue: takes the steps of batches. */
export const handler = createStepHandler('runDeviceBatches', getContainer);
