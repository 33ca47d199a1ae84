import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** As sent, without `?`; empty if there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** In the place of an answer: the connection ends without one. */
export const LOST_ANSWER = Symbol('lost answer');

/** One API of the vendor's: whatever it answers goes out as JSON with status 200. */
export interface EmulatedApi {
  readonly path: string;
  readonly methods: readonly string[];
  readonly respond: (request: ReceivedRequest) => Promise<unknown>;
}

export interface ApiServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Ends whole: no socket is left open. */
  readonly close: () => Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
// 100 names make a query of up to 15.7 KB, which Node's default of 16 KB would hardly hold.
const HEADER_LIMIT_BYTES = 64 * 1024;

// Reads to the end even past the limit, so that the client sees the answer and not a broken connection.
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Without an encoding set, a request yields buffers only.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  return size > BODY_LIMIT_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text);
}

async function serve(request: IncomingMessage, response: ServerResponse, apis: readonly EmulatedApi[], now: () => number): Promise<void> {
  response.setHeader('date', new Date(now()).toUTCString());
  const { method = '', url = '', headers } = request;
  const body = await readBody(request);
  const [path = ''] = url.split('?', 1);
  const api = apis.find((one) => one.path === path);
  // No client of the vendor's is a web page; one that tries is of another origin.
  if (headers.origin !== undefined) return send(response, 403, { message: 'Forbidden' });
  if (api === undefined) return send(response, 404, { message: 'Not Found' });
  if (!api.methods.includes(method)) return send(response, 405, { message: 'Method Not Allowed' });
  if (body === undefined) return send(response, 413, { message: 'Payload Too Large' });
  const answer = await api.respond({ method, path, query: url.slice(path.length + 1), headers, body });
  if (answer === LOST_ANSWER) response.destroy();
  else send(response, 200, answer);
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * Serves the APIs on 127.0.0.1, each at its path. Only requests that reach none of them have another status than 200:
 * 403 from a web page, 404 another path, 405 another method, 413 a body over 1 MB.
 * @param port 0 for a free one @param now milliseconds since the epoch, for the `Date` of the answers @throws the system's error if the port is taken
 */
export async function startServer(port: number, apis: readonly EmulatedApi[], now: () => number): Promise<ApiServer> {
  const server = createServer({ maxHeaderSize: HEADER_LIMIT_BYTES }, (request, response) => {
    serve(request, response, apis, now).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address of this form.
  const { port: actualPort } = server.address() as AddressInfo;
  let stopping: Promise<void> | undefined;
  return { origin: `http://127.0.0.1:${actualPort}`, close: () => (stopping ??= stop(server)) };
}
