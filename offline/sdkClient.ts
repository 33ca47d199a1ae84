import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDbPlace } from '../lib/config.ts';
import { createSecret } from '../lib/secret.ts';

/** An emulator takes any region and any keys. @param endpoint such as `http://127.0.0.1:8000` */
export function emulatorPlace(endpoint: string): DynamoDbPlace {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'offline', secretAccessKey: createSecret('offline') } };
}

/** The AWS SDK's client: for what no function does, such as making the table, and to see the functions' work by other means. */
export function createSdkClient({ endpoint, region, credentials }: DynamoDbPlace): DynamoDBClient {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const token = sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() };
  return new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal(), ...token } });
}
