// Database or vendor in a process of its own, so that its work is not counted as the service's.
import { emulatorPlace } from '../lib/config.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { startEmbeddedDynamoDb } from '../offline/embeddedDynamoDb.ts';
import { ensureTable } from '../offline/ensureTable.ts';
import { startEmulator } from '../offline/emulator/startEmulator.ts';
import type { ServerOrder } from './servers.ts';

async function startDatabase(tableName: string): Promise<string> {
  const { endpoint } = await startEmbeddedDynamoDb();
  await ensureTable(createSdkClient(emulatorPlace(endpoint)), tableName);
  return endpoint;
}

async function start(order: ServerOrder): Promise<string> {
  if (order.role === 'database') return startDatabase(order.tableName);
  const { key, products, tasks } = order;
  return (await startEmulator({ ...key, products, tasks })).endpoint;
}

process.once('message', (order: ServerOrder) => {
  void start(order).then((endpoint) => process.send?.({ endpoint }));
});
process.on('disconnect', () => process.exit());
