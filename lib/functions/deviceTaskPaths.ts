import * as z from 'zod/mini';
import { identifier } from '../deviceTasks/resources.ts';
import type { ProblemCode } from '../errors.ts';

export const TASKS = '/v1/products/{productId}/device-tasks';

export const productPath = z.object({ productId: identifier });
export const taskPath = z.object({ productId: identifier, taskId: identifier });

/** What any call of the vendor's can end in. */
export const vendorProblems = [
  'product-not-found',
  'upstream-auth-failed',
  'upstream-malformed',
  'upstream-error',
  'upstream-rate-limited',
  'upstream-unavailable',
  'upstream-timeout',
] as const satisfies readonly ProblemCode[];
