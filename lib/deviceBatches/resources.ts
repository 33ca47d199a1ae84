import * as z from 'zod/mini';
import { count, identifier } from '../deviceTasks/resources.ts';

// The resources of the HTTP contract: these schemas are their one source, types and documents follow.

/** A UUID of version 7, which sorts by time. */
export const batchIdentifier = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, { error: 'must be a UUID of version 7 in lower case' }));

export const deviceBatchResource = z.object({
  productId: identifier,
  batchId: batchIdentifier,
  status: z.enum(['pending', 'running', 'completed']),
  totalDevices: count,
  createdDevices: count,
  failedDevices: count,
  unknownDevices: count,
  pendingDevices: count,
  retryOf: z.optional(batchIdentifier),
  createdAt: z.iso.datetime(),
  completedAt: z.optional(z.iso.datetime()),
  expiresAt: z.iso.datetime(),
});
export type DeviceBatchResource = z.infer<typeof deviceBatchResource>;
