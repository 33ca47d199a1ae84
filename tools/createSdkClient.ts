import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AwsConnection } from '../lib/config.ts';
import { sdkOptions } from '../lib/sdkOptions.ts';

/** The AWS SDK's client: for what no function does, such as making the table, and to see the functions' work by other means. */
export function createSdkClient(connection: AwsConnection): DynamoDBClient {
  return new DynamoDBClient(sdkOptions(connection));
}
