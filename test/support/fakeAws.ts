import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A service of AWS's JSON protocol on a free port of 127.0.0.1. */
async function startService(answer: (input: Record<string, unknown>) => object) {
  const targets: string[] = [];
  const server = createServer((request, response) => {
    const respond = async () => {
      targets.push(String(request.headers['x-amz-target']).split('.')[1] ?? '');
      const input = (await json(request)) as Record<string, unknown>; // the protocol's form
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer(input)));
    };
    respond().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    origin: `http://127.0.0.1:${port}`,
    /** The operations asked for. */
    targets,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A stand-in for AWS KMS: it wraps a key by nothing at all. */
export function startFakeKms() {
  return startService(({ CiphertextBlob }) => {
    const key = CiphertextBlob ?? randomBytes(32).toString('base64');
    return { Plaintext: key, CiphertextBlob: key, KeyId: 'key' };
  });
}

/** A stand-in for AWS Secrets Manager that knows one secret. */
export function startFakeSecretsManager(secret: object) {
  return startService(({ SecretId }) => ({ ARN: SecretId, Name: 'vendor', SecretString: JSON.stringify(secret) }));
}
