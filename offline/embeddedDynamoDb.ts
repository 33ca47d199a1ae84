import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

/** A DynamoDB emulator inside this process, in memory. */
export interface EmbeddedDynamoDb {
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
 * Starts dynalite on a free port of 127.0.0.1; tables are ready at once. dynalite itself checks no signature and lets
 * a page of any origin in, so that it is reached through a guard that knows one access key id.
 * @param accessKeyId the only one that is answered
 */
export function startEmbeddedDynamoDb(accessKeyId = 'offline'): Promise<EmbeddedDynamoDb> {
  const database = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const guard = createServer((request, response) => {
    if (isFromHolder(accessKeyId, request)) database.emit('request', request, response);
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
