// Written by `npm run client` out of the service's problem catalogue.
import type { components } from './openapi.ts';

/** After these codes a creation may have happened; after every other, nothing was created. */
export const OPEN_CODES: readonly components['schemas']['Problem']['code'][] = ['idempotency-key-in-progress', 'internal-error', 'queue-unavailable', 'task-creation-unknown'];
