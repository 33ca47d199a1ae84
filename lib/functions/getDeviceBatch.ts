import * as z from 'zod/mini';
import { deviceBatchResource } from '../deviceBatches/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { batchPath, BATCHES } from './deviceBatchPaths.ts';

export const getDeviceBatch = defineFunction({
  name: 'getDeviceBatch',
  methods: ['GET'],
  template: `${BATCHES}/{batchId}`,
  scopes: ['devices:read'],
  path: batchPath,
  query: z.object({}),
  isValidated: true,
  success: {
    status: 200,
    description: 'The batch.',
    content: { type: 'application/json', schema: deviceBatchResource },
    headers: ['ETag', 'Retry-After'],
  },
  problems: ['batch-not-found', 'store-unavailable'],
  text: {
    tag: 'Device batches',
    summary: 'Follow a batch',
    description: 'How far a batch is. While it is not `completed`, ask again after `Retry-After`.',
    query: {},
  },
});
