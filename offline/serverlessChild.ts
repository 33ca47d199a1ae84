import { rmSync } from 'node:fs';

// Runs the Serverless Framework in a process of its own that ends with the one that started it, however that ended,
// and takes the directory of its sockets along, which is the first argument.
const [directory = ''] = process.argv.splice(2, 1);
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
process.on('disconnect', () => process.exit());
process.argv[1] = 'serverless';
await import('serverless/bin/serverless.js');
