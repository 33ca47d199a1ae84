import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An emulator of a service of AWS's, inside this process. */
export interface GuardedServer {
  /** `http://127.0.0.1:PORT`, the port a free one. */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

const hash = (text: string) => createHash('sha256').update(text).digest();

/** Whether a request is signed with that access key id, and sent by no page of a browser. */
function isFromHolder(accessKeyId: string, { headers }: IncomingMessage): boolean {
  const given = /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\//.exec(headers.authorization ?? '')?.groups?.['id'];
  return headers.origin === undefined && given !== undefined && timingSafeEqual(hash(given), hash(accessKeyId));
}

/**
 * Listens on a free port of 127.0.0.1 for a server that listens nowhere itself. Emulators check no signature and let a
 * page of any origin in, so that they are reached through a guard that knows one access key id.
 * @param accessKeyId the only one that is answered
 */
export function guardServer(server: Server, accessKeyId: string): Promise<GuardedServer> {
  const guard = createServer((request, response) => {
    if (isFromHolder(accessKeyId, request)) server.emit('request', request, response);
    else response.writeHead(403).end();
  });
  return new Promise((resolve, reject) => {
    guard.once('error', reject);
    guard.listen(0, '127.0.0.1', () => {
      const { port } = guard.address() as AddressInfo; // a TCP server has one
      const close = () =>
        new Promise<void>((done) => {
          guard.close(() => done());
          guard.closeAllConnections();
        });
      resolve({ endpoint: `http://127.0.0.1:${port}`, close });
    });
  });
}
