import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What one request gets. A script is a queue of these; `startScriptedUpstream` says what follows its end. */
export type ScriptedAnswer =
  | { readonly kind: 'reply'; readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string | Buffer }
  /** Nothing at all, until the client gives up. */
  | { readonly kind: 'hang' }
  /** A TCP reset once the request's header is read; its body is not, and it is not recorded. */
  | { readonly kind: 'reset-during-request' }
  /** A TCP reset once the request is read to its end. */
  | { readonly kind: 'reset-after-request' }
  /** A body that ends before its `content-length` is reached. */
  | { readonly kind: 'truncated'; readonly body: string }
  /** A body without end, one byte every few milliseconds. */
  | { readonly kind: 'trickle' }
  /** A body without end, as fast as the client takes it. */
  | { readonly kind: 'flood' };

export interface RecordedRequest {
  readonly httpMethod: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The parameters of the query and the form, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
  /** Settles when that connection is gone. */
  readonly closed: Promise<unknown>;
}

/** An answer, or what makes one when the request is there. */
export type ScriptStep = ScriptedAnswer | ((request: RecordedRequest) => ScriptedAnswer);

const TRICKLE_MS = 5;

/** An HTTP 200 with a JSON body. */
export function replyJson(body: unknown): ScriptedAnswer {
  return { kind: 'reply', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The vendor's success: the envelope around an action's own fields. */
export function succeed(payload: Readonly<Record<string, unknown>>): ScriptedAnswer {
  return replyJson({ code: 0, message: '', codeDesc: 'Success', ...payload });
}

/** The vendor's refusal, HTTP 200 like everything it says. */
export function refuse(code: number | string, message = '', codeDesc = 'Refused'): ScriptedAnswer {
  return replyJson({ code, message, codeDesc });
}

/** An answer with another HTTP status. */
export function replyStatus(status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): ScriptedAnswer {
  return { kind: 'reply', status, headers, body };
}

function trickle(response: ServerResponse): void {
  response.writeHead(200).write('{');
  const timer = setInterval(() => response.write(' '), TRICKLE_MS);
  response.once('close', () => clearInterval(timer));
}

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const pump = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pump).writeHead(200);
  pump();
}

function give(answer: ScriptedAnswer, response: ServerResponse): void {
  switch (answer.kind) {
    case 'reply':
      response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
      break;
    case 'truncated':
      response.writeHead(200, { 'content-length': Buffer.byteLength(answer.body) + 1 }).write(answer.body, () => response.socket?.end());
      break;
    case 'trickle':
      return trickle(response);
    case 'flood':
      return flood(response);
    case 'reset-after-request':
    case 'reset-during-request':
      response.socket?.resetAndDestroy();
      break;
    case 'hang':
  }
}

async function record(request: IncomingMessage, connection: number, closed: Promise<unknown>): Promise<RecordedRequest> {
  const { method: httpMethod = '', url = '', headers } = request;
  const chunks: Buffer[] = [];
  // Without an encoding set, a request yields buffers only.
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const query = url.split('?')[1] ?? '';
  const params = Object.fromEntries([...new URLSearchParams(query), ...new URLSearchParams(body)]);
  return { httpMethod, url, headers, body, params, connection, closed };
}

/**
 * A real HTTP server on a free port of 127.0.0.1 that answers by script, in order, and records what reaches it.
 * Past the script's end it repeats `otherwise`, which is `hang` unless given.
 * @param options.tls a key and certificate: it then speaks https
 */
export async function startScriptedUpstream(options: { tls?: ServerOptions; otherwise?: ScriptStep } = {}) {
  const { tls, otherwise = { kind: 'hang' } } = options;
  const requests: RecordedRequest[] = [];
  const script: ScriptStep[] = [];
  const sockets = new Map<Socket, { readonly number: number; readonly closed: Promise<unknown> }>();

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const step = script.shift() ?? otherwise;
    if (typeof step === 'object' && step.kind === 'reset-during-request') return give(step, response);
    const { number, closed } = sockets.get(request.socket) ?? { number: 0, closed: Promise.resolve() };
    const recorded = await record(request, number, closed);
    requests.push(recorded);
    give(typeof step === 'function' ? step(recorded) : step, response);
  };
  const listener: RequestListener = (request, response) => void answer(request, response).catch(() => response.destroy());
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);

  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.set(socket, { number: sockets.size + 1, closed: new Promise((resolve) => socket.once('close', resolve)) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address of this form.
  const { port } = server.address() as AddressInfo;
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return {
    /** Without a path. */
    origin,
    endpoint: `${origin}/v2/index.php`,
    port,
    requests: requests as readonly RecordedRequest[],
    /** Connections made so far; over TLS, those whose handshake was finished. */
    countConnections: () => sockets.size,
    /** Adds to the script. */
    script: (...steps: ScriptStep[]) => void script.push(...steps),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export type ScriptedUpstream = Awaited<ReturnType<typeof startScriptedUpstream>>;
