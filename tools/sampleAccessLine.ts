import { createRequire } from 'node:module';

// As API Gateway fills them in for a read of a page; none is ever much longer.
const SAMPLES: Readonly<Record<string, string>> = {
  '$context.requestId': 'Jk3PqjmSIAMEbjA=',
  '$context.requestTimeEpoch': '1795514400000',
  '$context.awsEndpointRequestId': '4e1243bd-22c6-4f0a-9f4c-1d2c9a1f0b7e',
  '$context.identity.sourceIp': '203.0.113.207',
  '$context.httpMethod': 'GET',
  '$context.routeKey': 'GET /v1/products/{productId}/device-tasks/{taskId}/devices',
  '$context.status': '200',
  '$context.responseLength': '30123',
  '$context.responseLatency': '123',
  '$context.integrationLatency': '120',
  '$context.error.responseType': '-',
};

function sampleOf(variable: string): string {
  const sample = SAMPLES[variable];
  if (sample === undefined) throw new Error(`no sample of ${variable}`);
  return sample;
}

/** A line of the gateway's access log of a read, in the format that `serverless.yml` deploys. */
export function sampleAccessLine(): string {
  const format = createRequire(import.meta.url)('../infrastructure/accessLog.cjs') as string; // our own file
  return format.replaceAll(/\$context\.[\w.]+/g, sampleOf);
}
