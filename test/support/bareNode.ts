import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a bundle answered to each event, and what it wrote on the way. */
export interface BundleRun<Result> {
  readonly results: readonly Result[];
  readonly output: string;
}

// Answers leave by a channel of their own, so that the function's log stays as it is. A context as Lambda makes it.
const DRIVER = `
const { handler } = require(process.argv[1]);
const events = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
(async () => {
  const results = [];
  for (const [index, event] of events.entries())
    results.push(await handler(event, { awsRequestId: 'invocation-' + index, getRemainingTimeInMillis: () => 11000 }));
  require('node:fs').writeSync(3, JSON.stringify({ type: typeof handler, results }));
})();
`;

/**
 * Imports a bundle and hands it events one after the other, in a Node process that has nothing but itself:
 * no modules to find, no environment but what is given.
 */
export async function runBundle<Result>(
  file: string,
  cwd: string,
  events: readonly unknown[],
  env: Readonly<Record<string, string>>,
): Promise<BundleRun<Result>> {
  const child = spawn(process.execPath, ['-e', DRIVER, file], { cwd, env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const [stdin, stdout, stderr, answers] = child.stdio;
  stdin?.end(JSON.stringify(events));
  const streams = [stdout, stderr, answers].map((stream) => text(stream as NodeJS.ReadableStream)); // opened as pipes above
  const [output = '', errors = '', answer = ''] = await Promise.all(streams);
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode !== 0 || errors !== '') throw new Error(`the bundle ended with ${child.exitCode}: ${errors}${output}`);
  const { type, results } = JSON.parse(answer) as { type: string; results: Result[] }; // the driver's own form
  if (type !== 'function') throw new Error(`handler is a ${type}`);
  return { results, output };
}

/** Passes requests on to DynamoDB and notes which operation each of them was. */
export async function startOperationLog(endpoint: string) {
  const operations = new Set<string>();
  const server = createServer((request, response) => {
    void (async () => {
      operations.add(`dynamodb:${String(request.headers['x-amz-target']).split('.')[1]}`);
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
      const answer = await fetch(endpoint, { method: 'POST', headers: headers as Record<string, string>, body: await text(request) }); // single values
      const body = await answer.text();
      const named = ['content-type', 'x-amzn-requestid', 'x-amz-crc32'].flatMap((name) => [[name, answer.headers.get(name)] as const]);
      response.writeHead(answer.status, Object.fromEntries(named.filter(([, value]) => value !== null)) as Record<string, string>);
      response.end(body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** The operations since the last call. */
    take: (): string[] => {
      const taken = [...operations].toSorted();
      operations.clear();
      return taken;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
