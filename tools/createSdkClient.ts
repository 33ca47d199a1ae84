import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDbPlace } from '../lib/config.ts';

/** The AWS SDK's client: for what no function does, such as making the table, and to see the functions' work by other means. */
export function createSdkClient({ endpoint, region, credentials }: DynamoDbPlace): DynamoDBClient {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const token = sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() };
  return new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal(), ...token } });
}
