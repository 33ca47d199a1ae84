import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

// Runs the Serverless Framework in a process of its own that ends with the one that started it, however that ended.
const socketPath = process.argv.at(-1) ?? '';
process.on('disconnect', () => {
  rmSync(dirname(socketPath), { recursive: true, force: true });
  process.exit();
});
process.argv[1] = 'serverless';
await import('serverless/bin/serverless.js');
