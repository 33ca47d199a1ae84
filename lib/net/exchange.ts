import http from 'node:http';
import https from 'node:https';

export interface ExchangeRequest {
  readonly httpMethod: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string;
  /** From the look for a connection to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A connection of its own, never one kept alive. */
  readonly freshConnection: boolean;
}

/** A whole answer. */
export interface ExchangeReply {
  readonly httpStatus: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Why there is no whole answer. */
export interface ExchangeFault {
  readonly kind: 'connection' | 'timeout' | 'not-http' | 'too-large';
  /** Whether the request may have reached the server: not after a refused connection, a failed handshake or an unknown host. */
  readonly sent: boolean;
  /** With a `code`: Node's own, but for a time-out and an answer that is too large. */
  readonly error: NodeJS.ErrnoException;
}

export type Exchanged = { readonly ok: true; readonly reply: ExchangeReply } | { readonly ok: false; readonly fault: ExchangeFault };

/** Sends one request. Rejects only if the request cannot be made at all, for a header that HTTP does not allow. */
export type Exchange = (request: ExchangeRequest) => Promise<Exchanged>;

export interface ExchangeLimits {
  readonly maxBodyBytes: number;
  /** Whether the body of such an answer is read. The connection of any other ends, its body counts as empty. All are read unless given. */
  readonly isBodyRead?: (httpStatus: number) => boolean;
}

type Settle = (exchanged: Exchanged) => void;

const timedOut = (limitMs: number) => Object.assign(new Error(`no whole answer in ${limitMs} ms`), { name: 'TimeoutError', code: 'ETIMEDOUT' });
const tooLarge = (limitBytes: number) => Object.assign(new Error(`an answer of more than ${limitBytes} bytes`), { code: 'EMSGSIZE' });

function failedWith(kind: ExchangeFault['kind'], sent: boolean, error: NodeJS.ErrnoException): Exchanged {
  return { ok: false, fault: { kind, sent, error } };
}

/** Node's parser says so of what is no HTTP; everything else is a lost connection. */
function brokenBy(error: NodeJS.ErrnoException, sent: boolean): Exchanged {
  return failedWith(error.code?.startsWith('HPE_') === true ? 'not-http' : 'connection', sent, error);
}

function onceConnected(request: http.ClientRequest, secure: boolean, mark: () => void): void {
  request.on('socket', (socket) => {
    // A socket taken from the pool is connected already: whatever is written to it may arrive.
    if (request.reusedSocket || !socket.connecting) mark();
    else socket.once(secure ? 'secureConnect' : 'connect', mark);
  });
}

function readReply(response: http.IncomingMessage, maxBodyBytes: number, settle: Settle): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > maxBodyBytes) settle(failedWith('too-large', true, tooLarge(maxBodyBytes)));
  });
  response.on('end', () => {
    const { statusCode: httpStatus = 0, headers } = response;
    if (response.complete) settle({ ok: true, reply: { httpStatus, headers, body: Buffer.concat(chunks) } });
  });
  response.on('error', (error) => settle(brokenBy(error, true)));
}

/**
 * HTTP over `node:http` and `node:https` for whoever this service calls: TLS verified, redirects not followed, answers
 * limited in time and size, connections kept unless the request asks for its own. `docs/adr/0002` says why.
 */
export function createExchange({ maxBodyBytes, isBodyRead = () => true }: ExchangeLimits): Exchange {
  const pool = { keepAlive: true, maxSockets: 64 };
  const agents = { 'http:': new http.Agent(pool), 'https:': new https.Agent(pool) };
  return ({ httpMethod: method, url, headers, body, timeoutMs, freshConnection }) =>
    new Promise((resolve) => {
      const secure = url.protocol === 'https:';
      const agent = freshConnection ? false : agents[secure ? 'https:' : 'http:'];
      const request = (secure ? https : http).request(url, { method, headers, agent });
      let sent = false;
      const timer = setTimeout(() => settle(failedWith('timeout', sent, timedOut(timeoutMs))), timeoutMs);
      const settle = (exchanged: Exchanged, endsConnection = !exchanged.ok) => {
        clearTimeout(timer);
        resolve(exchanged);
        if (endsConnection) request.destroy();
      };
      onceConnected(request, secure, () => (sent = true));
      request.on('response', (response) => {
        const { statusCode: httpStatus = 0 } = response;
        if (isBodyRead(httpStatus)) readReply(response, maxBodyBytes, settle);
        else settle({ ok: true, reply: { httpStatus, headers: response.headers, body: Buffer.alloc(0) } }, true);
      });
      request.on('error', (error) => settle(brokenBy(error, sent)));
      request.end(body);
    });
}
