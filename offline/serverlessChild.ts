// Runs the Serverless Framework in a process of its own that ends with the one that started it, however that ended.
process.on('disconnect', () => process.exit());
process.argv[1] = 'serverless';
await import('serverless/bin/serverless.js');
