import http from 'node:http';
import https from 'node:https';
import { failed, type LegacyFailure, type Outcome } from './failure.ts';

export interface TransportRequest {
  readonly httpMethod: 'GET' | 'POST';
  readonly url: URL;
  /** Form body of a POST. */
  readonly body?: string;
  /** From the first byte of work to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A connection of its own, never one kept alive. */
  readonly freshConnection: boolean;
}

/** Sends one request; answers with the body of an HTTP 200, or with the failure. Never throws. */
export type Transport = (request: TransportRequest) => Promise<Outcome<string>>;

// A task of 100 RSA certificates is 319 KB; ten times that is no answer of this vendor.
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const FORM = 'application/x-www-form-urlencoded';

function headersOf(request: TransportRequest): http.OutgoingHttpHeaders {
  const accept = { accept: 'application/json', 'accept-encoding': 'identity' };
  if (request.body === undefined) return accept;
  return { ...accept, 'content-type': FORM, 'content-length': Buffer.byteLength(request.body) };
}

function decode(chunks: readonly Buffer[]): Outcome<string> {
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return failed({ kind: 'unreadable', reason: 'json' });
  }
}

/** Why there is no whole answer: Node's parser says so of what is no HTTP, everything else is a lost connection. */
function describeBreak(error: NodeJS.ErrnoException, sent: boolean): LegacyFailure {
  const reason = error.code ?? error.name;
  return reason.startsWith('HPE_') ? { kind: 'unreadable', reason: 'http' } : { kind: 'connection', sent, reason };
}

function readBody(response: http.IncomingMessage, settle: (outcome: Outcome<string>) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > MAX_BODY_BYTES) settle(failed({ kind: 'unreadable', reason: 'size' }));
  });
  response.on('end', () => {
    if (response.complete) settle(decode(chunks));
  });
  response.on('error', (error: NodeJS.ErrnoException) => settle(failed(describeBreak(error, true))));
}

function onConnected(request: http.ClientRequest, secure: boolean, mark: () => void): void {
  request.on('socket', (socket) => {
    // A socket taken from the pool is connected already: whatever is written to it may arrive.
    if (request.reusedSocket || !socket.connecting) mark();
    else socket.once(secure ? 'secureConnect' : 'connect', mark);
  });
}

/** Answers other than 200 are not read at all: redirects are not followed, error pages say nothing. */
function onResponse(response: http.IncomingMessage, settle: (outcome: Outcome<string>) => void): void {
  const httpStatus = response.statusCode ?? 0;
  if (httpStatus === 200) return readBody(response, settle);
  settle(failed({ kind: 'unreadable', reason: 'status', httpStatus }));
}

/**
 * The HTTP side of a legacy call: TLS verified, redirects not followed, answers limited in time and size.
 * A refused connection, a failed handshake and a name that does not resolve count as never sent.
 */
export function createHttpTransport(): Transport {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
  };
  return (input) =>
    new Promise((resolve) => {
      const secure = input.url.protocol === 'https:';
      let sent = false;
      const request = (secure ? https : http).request(input.url, {
        method: input.httpMethod,
        headers: headersOf(input),
        agent: input.freshConnection ? false : agents[secure ? 'https:' : 'http:'],
      });
      const timer = setTimeout(() => settle(failed({ kind: 'timeout', sent })), input.timeoutMs);
      const settle = (outcome: Outcome<string>) => {
        clearTimeout(timer);
        resolve(outcome);
        // A whole 200 leaves its connection to the next call; everything else ends it.
        if (!outcome.ok) request.destroy();
      };
      onConnected(request, secure, () => (sent = true));
      request.on('response', (response) => onResponse(response, settle));
      request.on('error', (error: NodeJS.ErrnoException) => settle(failed(describeBreak(error, sent))));
      request.end(input.body);
    });
}
