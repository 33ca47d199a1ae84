import { buildApp } from 'fauxqs';
import { guardServer, type GuardedServer } from './guardServer.ts';

/** Starts fauxqs, an SQS emulator in memory. @param accessKeyId the only one that is answered */
export async function startEmbeddedSqs(accessKeyId = 'offline'): Promise<GuardedServer> {
  const app = buildApp({ logger: false });
  await app.ready();
  const guard = await guardServer(app.server, accessKeyId);
  return {
    endpoint: guard.endpoint,
    close: async () => {
      await Promise.all([app.close(), guard.close()]);
    },
  };
}
