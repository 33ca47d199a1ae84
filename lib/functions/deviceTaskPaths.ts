import * as z from 'zod/mini';
import { identifier } from '../deviceTasks/resources.ts';
import type { ProblemCode } from '../errors.ts';

export const TASKS = '/v1/products/{productId}/device-tasks';

export const productPath = z.object({ productId: identifier });
export const taskPath = z.object({ productId: identifier, taskId: identifier });

/** The query parameter that asks for secrets. */
export const include = z.exactOptional(z.literal('credentials', { error: 'must be credentials' }));

export const includeText =
  '`credentials`: with private keys and pre-shared keys. Needs the scope `devices:credentials` as well; each such read is audited.';

// A page past the end is empty, not an error; only what no list could ever reach is refused.
export const MAX_PAGE = 2_147_483_647;

export const pageText = 'Page, from 1. One past the end is empty, not an error.';

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
