import * as z from 'zod/mini';
import { deviceBatchResource } from '../deviceBatches/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { batchPath, BATCHES } from './deviceBatchPaths.ts';

export const cancelDeviceBatch = defineFunction({
  name: 'cancelDeviceBatch',
  methods: ['POST'],
  template: `${BATCHES}/{batchId}/cancellation`,
  scopes: ['devices:write'],
  path: batchPath,
  query: z.object({}),
  isValidated: false,
  success: {
    status: 202,
    description: 'What was not sent is cancelled.',
    content: { type: 'application/json', schema: deviceBatchResource },
    headers: ['Location', 'Retry-After'],
  },
  problems: ['batch-not-found', 'store-unavailable'],
  text: {
    tag: 'Device batches',
    summary: 'Cancel a batch',
    description:
      'Devices that were not sent to the vendor are `failed` with `cancelled`; those that were sent go on. ' +
      'Asked again, or once the batch is completed, it answers the same.',
    query: {},
  },
});
