import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A stand-in for AWS KMS on a free port of 127.0.0.1: it wraps a key by nothing at all. */
export async function startFakeKms() {
  const server = createServer((request, response) => {
    const answer = async () => {
      const { CiphertextBlob } = (await json(request)) as { CiphertextBlob?: string }; // of Decrypt, in base64
      const key = CiphertextBlob ?? randomBytes(32).toString('base64');
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ Plaintext: key, CiphertextBlob: key, KeyId: 'key' }));
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
