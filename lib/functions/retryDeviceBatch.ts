import * as z from 'zod/mini';
import { deviceBatchResource } from '../deviceBatches/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { batchPath, BATCHES } from './deviceBatchPaths.ts';

export const retryDeviceBatch = defineFunction({
  name: 'retryDeviceBatch',
  methods: ['POST'],
  template: `${BATCHES}/{batchId}/retries`,
  scopes: ['devices:write'],
  path: batchPath,
  query: z.object({}),
  isValidated: false,
  success: {
    status: 202,
    description: 'The batch that retries the failures.',
    content: { type: 'application/json', schema: deviceBatchResource },
    headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
  },
  problems: [
    'batch-not-found',
    'batch-not-completed',
    'nothing-to-retry',
    'too-many-batches',
    'queue-unavailable',
    'store-unavailable',
  ],
  text: {
    tag: 'Device batches',
    summary: 'Retry the failures of a batch',
    description:
      'Makes a new batch of the devices that failed with `vendor-internal-error`, `device-limit-exceeded`, `not-sent`, `cancelled` ' +
      'or `unknown-failure`. A batch has one retry: asked again, it answers with the same one.',
    query: {},
  },
});
