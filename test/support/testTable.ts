import { randomUUID } from 'node:crypto';
import { createDynamoDbClient, createTableClient, type DynamoDbPlace } from '../../lib/cache/tableClient.ts';
import { systemClock } from '../../lib/clock.ts';
import { startEmbeddedDynamoDb } from '../../offline/embeddedDynamoDb.ts';
import { ensureTable } from '../../offline/ensureTable.ts';

const KEYS = { region: 'us-east-1', credentials: { accessKeyId: 'offline', secretAccessKey: 'offline' } };

/**
 * A table of its own for one test file: on the emulator `DYNAMODB_ENDPOINT` names (Amazon's DynamoDB Local,
 * say), otherwise on a fresh dynalite.
 */
export async function startTestTable() {
  const given = process.env['DYNAMODB_ENDPOINT'];
  const embedded = given ? undefined : await startEmbeddedDynamoDb();
  const place = { endpoint: given ?? embedded?.endpoint ?? '', ...KEYS } satisfies DynamoDbPlace;
  const client = createDynamoDbClient(place);
  const tableName = `test-${randomUUID()}`;
  await ensureTable(client, tableName);
  return {
    client,
    place,
    tableName,
    table: createTableClient(client, tableName, systemClock),
    close: async () => {
      client.destroy();
      await embedded?.close();
    },
  };
}
