import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { TLSSocket, type SecureContextOptions } from 'node:tls';
import { fake, hitsConnections, isForwarded, isHeld, spoil, type Answer, type Fault } from './wireFaults.ts';

/** A request that was read to its end. */
export interface ProxiedRequest {
  /** Of the vendor its action, of DynamoDB its operation. */
  readonly name: string;
  /** Its body; without one, its query. */
  readonly content: string;
  readonly fault: Fault | undefined;
}

export interface FaultProxyOptions {
  /** Where whole requests go, without a path. */
  readonly target: string;
  /** Speaks https with the first identity, and with the second one under `bad-tls`. */
  readonly tls?: { readonly good: SecureContextOptions; readonly bad: SecureContextOptions };
  /** Takes the requests instead of `requests`, which grows for ever. */
  readonly record?: (request: ProxiedRequest) => void;
  /** Told of each request that nothing but its client's time-out will end. */
  readonly onHeld?: () => void;
}

export interface FailOptions {
  /** How many connections or requests it hits; all of them unless given. */
  readonly times?: number;
  /** Names of the requests it hits; all of them unless given. A connection has no name yet. */
  readonly names?: readonly string[];
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // Without an encoding set, a message yields buffers only.
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// They carry the client's own Host, which the vendor's signature is over, and so look like a client's.
const forwarded = new WeakSet<ClientRequest>();

async function forward(target: URL, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const options = { host: target.hostname, port: target.port, path: url, method, headers: { ...headers, connection: 'close' }, agent: false };
  const request = http.request(options);
  forwarded.add(request);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage]; // the event's one argument
  const answered = await readAll(response);
  const { connection: _c, 'keep-alive': _k, 'transfer-encoding': _t, 'content-length': _l, ...kept } = response.headers;
  return { status: response.statusCode ?? 0, headers: kept, body: answered };
}

function nameOf({ headers }: IncomingMessage, content: string): string {
  const { 'x-amz-target': target, 'x-tc-action': action } = headers;
  if (typeof target === 'string') return target.split('.')[1] ?? '';
  return typeof action === 'string' ? action : (new URLSearchParams(content).get('Action') ?? '');
}

/**
 * A real server on a free port of 127.0.0.1 that hands whole requests on to a target, and fails as it is told.
 * What it cannot see itself, refused connections among them, it learns from Node's own diagnostics, so it counts
 * the attempts of clients in this process only.
 */
export async function startFaultProxy({ target, tls, ...options }: FaultProxyOptions) {
  const targetUrl = new URL(target);
  const sockets = new Set<Socket>();
  const requests: ProxiedRequest[] = [];
  const record = options.record ?? ((request) => void requests.push(request));
  let [attempts, connections] = [0, 0];
  let plan: { readonly fault: Fault; readonly names: readonly string[] | undefined; left: number } | undefined;

  const take = (name: string | undefined): Fault | undefined => {
    if (plan === undefined || plan.left <= 0) return undefined;
    if (hitsConnections(plan.fault) !== (name === undefined)) return undefined;
    if (name !== undefined && plan.names?.includes(name) === false) return undefined;
    plan.left -= 1;
    return plan.fault;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readAll(request);
    const content = body.toString() || (request.url?.split('?')[1] ?? '');
    const name = nameOf(request, content);
    const fault = take(name);
    record({ name, content, fault });
    if (fault !== undefined && !isForwarded(fault)) fake(fault, response);
    else spoil(fault, await forward(targetUrl, request, body), response);
    if (isHeld(fault)) options.onHeld?.();
  };
  const front = http.createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    serve(request, response).catch(() => response.socket?.resetAndDestroy());
  });

  const accept = (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    const fault = take(undefined);
    if (fault === 'reset-before-request') return void socket.resetAndDestroy();
    const identity = fault === 'bad-tls' ? tls?.bad : tls?.good;
    if (identity === undefined) return void front.emit('connection', socket);
    front.emit('connection', new TLSSocket(socket, { isServer: true, ...identity }).on('error', () => {}));
  };
  const listener = net.createServer(accept);
  const listen = (port: number) => once(listener.listen(port, '127.0.0.1'), 'listening');
  const stop = () => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  };

  let opening: Promise<unknown> | undefined;

  await listen(0);
  const { port } = listener.address() as AddressInfo; // a TCP server that listens has one
  const reopen = async () => {
    if (listener.listening) return;
    opening ??= listen(port).finally(() => (opening = undefined));
    await opening;
  };
  const isOurs = (request: ClientRequest) => !forwarded.has(request) && String(request.getHeader('host')).endsWith(`:${port}`);
  const onStart = (message: unknown) => {
    const { request } = message as { request: ClientRequest }; // Node's documentation of the channel
    if (isOurs(request)) attempts += 1;
  };
  const onError = (message: unknown) => {
    const { request, error } = message as { request: ClientRequest; error: NodeJS.ErrnoException }; // as above
    if (plan?.fault !== 'refuse' || error.code !== 'ECONNREFUSED' || !isOurs(request)) return;
    plan.left -= 1;
    if (plan.left <= 0) void reopen();
  };
  subscribe('http.client.request.start', onStart);
  subscribe('http.client.request.error', onError);

  return {
    port,
    /** Without a path. */
    origin: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    requests: requests as readonly ProxiedRequest[],
    /** Requests that clients in this process began to send here, whatever became of them. */
    countAttempts: () => attempts,
    countConnections: () => connections,
    clear: () => {
      requests.splice(0);
      [attempts, connections] = [0, 0];
    },
    /** Fails from now on, or `times` times. Open connections stay open, but for `refuse`. */
    fail: (fault: Fault, { times = Infinity, names }: FailOptions = {}) => {
      plan = { fault, names, left: times };
      if (fault === 'refuse') stop();
    },
    /** Whether a fault is still to come. */
    isFailing: () => (plan?.left ?? 0) > 0,
    /** Ends whatever fails. */
    heal: async () => {
      plan = undefined;
      await reopen();
    },
    close: async () => {
      unsubscribe('http.client.request.start', onStart);
      unsubscribe('http.client.request.error', onError);
      stop();
      front.close();
      await Promise.resolve();
    },
  };
}

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;
