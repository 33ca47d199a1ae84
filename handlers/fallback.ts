import { getBaseContainer } from '../lib/baseContainer.ts';
import { createFallbackHandler } from '../lib/http/createHandler.ts';

/** `$default`: whatever no route takes. */
export const handler = createFallbackHandler(getBaseContainer);
