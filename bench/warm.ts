import { QueryCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { handle } from '../handlers/getDeviceResults.ts';
import { emulatorConnection } from '../lib/config.ts';
import { getDeviceResults } from '../lib/functions/getDeviceResults.ts';
import { createHandler, type LambdaHandler } from '../lib/http/createHandler.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { bareKey, rowKey, secretKey } from './bareRows.ts';
import { resultsEvent } from './fixture.ts';
import { createQuietContainer, TABLE, type Servers } from './servers.ts';
import { ratio, summarize, type Summary } from './stats.ts';

/** One kind of page beside the bare requests it cannot do without. */
export interface WarmPage {
  readonly cpuMs: Summary;
  readonly bareCpuMs: Summary;
  readonly cpuRatio: Summary;
  readonly latencyMs: Summary;
  readonly bareLatencyMs: Summary;
}

const BATCH = 25;
const WARM_UP_ROUNDS = 6;

export function createQuietHandler(servers: Servers): LambdaHandler {
  const container = createQuietContainer(servers.environment);
  return createHandler(getDeviceResults, handle, () => container);
}

type Event = Parameters<LambdaHandler>[0];

type Headers = Readonly<Record<string, string>>;
const IN_GZIP: Headers = { 'accept-encoding': 'gzip' };

export async function answer(handler: LambdaHandler, productId: string, taskId: string, query: string, headers: Headers = {}) {
  const event = resultsEvent(productId, taskId, query, headers) as unknown as Event; // as API Gateway sends it
  const response = await handler(event, { awsRequestId: crypto.randomUUID(), getRemainingTimeInMillis: () => 12_000 });
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}: ${response.body}`);
  return response;
}

export const productOf = (taskId: string) => (taskId.startsWith('cert') ? 'CERT000001' : 'PSK0000001');

/** The bare SDK Query of a page's rows, one a device; with secrets, of its secret rows as well. */
function bareRead(client: DynamoDBClient, pk: string, size: number, withSecrets: boolean): () => Promise<unknown> {
  const query = (from: string, to: string) =>
    client.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: from }, ':to': { S: to } },
      }),
    );
  const rows = () => query(rowKey(0), rowKey(size - 1));
  return withSecrets ? () => Promise.all([rows(), query(secretKey(0), secretKey(size - 1))]) : rows;
}

async function timed(work: () => Promise<unknown>): Promise<{ cpuMs: number; latencyMs: number }> {
  const [cpu, startedMs] = [process.cpuUsage(), performance.now()];
  for (let call = 0; call < BATCH; call += 1) await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000 / BATCH, latencyMs: (performance.now() - startedMs) / BATCH };
}

export interface PageKind {
  readonly size: number;
  readonly withSecrets?: boolean;
  readonly inGzip?: boolean;
}

/** What a stored page is asked for by, and what it is called. */
export function describePage({ size, withSecrets = false, inGzip = false }: PageKind) {
  return {
    name: `${size}${withSecrets ? ' with secrets' : ''}${inGzip ? ' in gzip' : ''}`,
    query: `pageSize=${size}${withSecrets ? '&include=credentials' : ''}`,
    headers: inGzip ? IN_GZIP : {},
  };
}

/** A stored page through the whole handler, alternating in batches with the bare Query of the rows it would be without chunks. */
export async function measureWarmPage(servers: Servers, handler: LambdaHandler, taskId: string, kind: PageKind, rounds: number): Promise<WarmPage> {
  const productId = productOf(taskId);
  const { query, headers } = describePage(kind);
  const client = createSdkClient(emulatorConnection(servers.databaseEndpoint));
  const bare = bareRead(client, bareKey(taskId), kind.size, kind.withSecrets === true);
  const ours = () => answer(handler, productId, taskId, query, headers);
  const samples = { cpu: [] as number[], bareCpu: [] as number[], latency: [] as number[], bareLatency: [] as number[] };
  for (let number = -WARM_UP_ROUNDS; number < rounds; number += 1) {
    const [mine, its] = [await timed(ours), await timed(bare)];
    if (number < 0) continue;
    samples.cpu.push(mine.cpuMs);
    samples.bareCpu.push(its.cpuMs);
    samples.latency.push(mine.latencyMs);
    samples.bareLatency.push(its.latencyMs);
  }
  client.destroy();
  return {
    cpuMs: summarize(samples.cpu),
    bareCpuMs: summarize(samples.bareCpu),
    cpuRatio: ratio(samples.cpu, samples.bareCpu),
    latencyMs: summarize(samples.latency),
    bareLatencyMs: summarize(samples.bareLatency),
  };
}
