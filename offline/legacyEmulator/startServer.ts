import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { splitUrl, type CallSource } from './readCall.ts';

export interface ApiServer {
  endpoint: string;
  close: () => Promise<void>;
}

const apiPath = '/v2/index.php';
const bodyLimitBytes = 1024 * 1024;
// 100 names make a query of up to 15.7 KB, which Node's default of 16 KB would hardly hold.
const headerLimitBytes = 64 * 1024;

// Reads to the end even past the limit, so that the client sees the answer and not a broken connection.
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Without an encoding set, a request yields buffers only.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= bodyLimitBytes) chunks.push(chunk);
  }
  return size > bodyLimitBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text);
}

type Respond = (source: CallSource) => Promise<unknown>;

async function serve(request: IncomingMessage, response: ServerResponse, respond: Respond): Promise<void> {
  const { method: httpMethod, url = '', headers } = request;
  const body = await readBody(request);
  // No client of the vendor's is a web page; one that tries is of another origin.
  if (headers.origin !== undefined) return send(response, 403, { message: 'Forbidden' });
  if (splitUrl(url).path !== apiPath) return send(response, 404, { message: 'Not Found' });
  if (httpMethod !== 'GET' && httpMethod !== 'POST') return send(response, 405, { message: 'Method Not Allowed' });
  if (body === undefined) return send(response, 413, { message: 'Payload Too Large' });
  const { host = '', 'content-type': contentType = '' } = headers;
  return send(response, 200, await respond({ httpMethod, host, url, contentType, body }));
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * Serves `/v2/index.php` on 127.0.0.1: what `respond` gives goes out as JSON with status 200, whatever it says.
 * Only requests that never reach the API have another status: 403 from a web page, 404 another path, 405 another method, 413 a body over
 * 1 MB. Rejects with the system's error where the port is taken.
 */
export async function startServer(port: number, respond: Respond): Promise<ApiServer> {
  const server = createServer({ maxHeaderSize: headerLimitBytes }, (request, response) => {
    serve(request, response, respond).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address of this form.
  const { port: actualPort } = server.address() as AddressInfo;
  let stopping: Promise<void> | undefined;
  return {
    endpoint: `http://127.0.0.1:${actualPort}${apiPath}`,
    close: () => (stopping ??= stop(server)),
  };
}
