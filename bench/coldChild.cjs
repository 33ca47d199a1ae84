// A fresh process: import one bundle, answer one event, say when (milliseconds since the process began).
const { performance } = require('node:perf_hooks');

const [bundle, event] = process.argv.slice(2);
const write = process.stdout.write.bind(process.stdout);
console.log = () => undefined;
const startMs = performance.now();
const { handler } = require(bundle);
const importedMs = performance.now();

async function answer() {
  const { statusCode, body } = await handler(JSON.parse(event), { awsRequestId: 'bench', getRemainingTimeInMillis: () => 12000 });
  const answeredMs = performance.now();
  const figures = { importMs: importedMs - startMs, firstCallMs: answeredMs - importedMs, totalMs: answeredMs };
  write(JSON.stringify({ ...figures, statusCode, bytes: body.length }), () => process.exit());
}

void answer();
