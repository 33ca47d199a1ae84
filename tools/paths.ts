import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where this repository is. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
