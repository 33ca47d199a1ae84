import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port of 127.0.0.1 that is taken, by somebody who hangs up on whoever connects. */
export async function holdPort(): Promise<{ readonly port: number; readonly release: () => void }> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return { port, release: () => void server.close() };
}
