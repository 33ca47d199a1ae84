import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { createDynamoDbCaller } from '../../lib/store/dynamoDbCaller.ts';
import { createTableClient } from '../../lib/store/tableClient.ts';
import { systemClock } from '../../lib/clock.ts';
import { emulatorPlace } from '../../lib/config.ts';
import { startEmbeddedDynamoDb } from '../../offline/embeddedDynamoDb.ts';
import { ensureTable } from '../../offline/ensureTable.ts';
import { createSdkClient } from '../../tools/createSdkClient.ts';

/** An item as the SDK shows it: bytes as bytes. */
export type SdkItem = Record<string, AttributeValue>;

/**
 * A table of its own for one test file: on the emulator `DYNAMODB_ENDPOINT` names (Amazon's DynamoDB Local,
 * say), otherwise on a fresh dynalite.
 */
export async function startTestTable() {
  const given = process.env['DYNAMODB_ENDPOINT'];
  const embedded = given ? undefined : await startEmbeddedDynamoDb();
  const place = emulatorPlace(given ?? embedded?.endpoint ?? '');
  const client = createSdkClient(place);
  const tableName = `test-${randomUUID()}`;
  await ensureTable(client, tableName);
  return {
    /** The SDK's, to look at the table past the service. */
    client,
    place,
    tableName,
    table: createTableClient(createDynamoDbCaller(place), tableName, systemClock),
    close: async () => {
      client.destroy();
      await embedded?.close();
    },
  };
}
