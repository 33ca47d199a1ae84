import { CreateTableCommand, UpdateTimeToLiveCommand, waitUntilTableExists, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

// The offline copy of the table in `infrastructure/table.yml`; a test holds the two together.
const KEYS = { pk: 'HASH', sk: 'RANGE' } as const;
const MAX_WAIT_S = 20;

const hasName = (error: unknown, name: string) => error instanceof Error && error.name === name;

/** Creates the table if it is missing, and waits until it can be used. */
export async function ensureTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: Object.keys(KEYS).map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: Object.entries(KEYS).map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
      }),
    );
  } catch (error) {
    if (!hasName(error, 'ResourceInUseException')) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_S, minDelay: 1 }, { TableName: tableName });
  await setTimeToLive(client, tableName);
}

/** dynalite has no time to live, and elsewhere it may be set already; expired items are filtered on read anyway. */
async function setTimeToLive(client: DynamoDBClient, tableName: string): Promise<void> {
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'expiresAt' };
  try {
    await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }));
  } catch (error) {
    if (!hasName(error, 'UnknownOperationException') && !hasName(error, 'ValidationException')) throw error;
  }
}
