import type { AwsConnection } from './config.ts';

/** The same for a client of the AWS SDK's. */
export function sdkOptions({ endpoint, region, credentials }: AwsConnection) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const token = sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() };
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal(), ...token } };
}
