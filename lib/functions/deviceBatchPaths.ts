import * as z from 'zod/mini';
import { batchIdentifier } from '../deviceBatches/resources.ts';
import { identifier } from '../deviceTasks/resources.ts';

export const BATCHES = '/v1/products/{productId}/device-batches';

export const batchPath = z.object({ productId: identifier, batchId: batchIdentifier });
