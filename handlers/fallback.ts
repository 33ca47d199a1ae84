import { getBaseContainer } from '../lib/baseContainer.ts';
import { createFallbackHandler } from '../lib/http/createFallbackHandler.ts';

/** `$default`: whatever no route takes. */
export const handler = createFallbackHandler(getBaseContainer);
