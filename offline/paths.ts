import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Git-ignored; see `offlineKeys.ts`. */
export const keysFile = join(root, '.offline', 'keys.json');
