import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

/** A DynamoDB emulator inside this process, in memory. */
export interface EmbeddedDynamoDb {
  /** `http://127.0.0.1:PORT`, the port a free one. */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

/** Starts dynalite on a free port of 127.0.0.1; tables are ready at once. */
export function startEmbeddedDynamoDb(): Promise<EmbeddedDynamoDb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // a TCP server has one
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ endpoint: `http://127.0.0.1:${port}`, close });
    });
  });
}
