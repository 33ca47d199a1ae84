import dynalite from 'dynalite';
import { guardServer, type GuardedServer } from './guardServer.ts';

/** Starts dynalite, a DynamoDB emulator in memory; tables are ready at once. @param accessKeyId the only one that is answered */
export function startEmbeddedDynamoDb(accessKeyId = 'offline'): Promise<GuardedServer> {
  return guardServer(dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }), accessKeyId);
}
