import { randomInt } from 'node:crypto';
import { BatchGetItemCommand, BatchWriteItemCommand, PutItemCommand, QueryCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { emulatorConnection } from '../lib/config.ts';
import type { LambdaHandler } from '../lib/http/createHandler.ts';
import { HEADER, LEASE, taskKey } from '../lib/store/keys.ts';
import { createHttpTransport } from '../lib/upstream/httpTransport.ts';
import { signCall } from '../lib/upstream/queryV2/signature.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { writeBareRows, type BareRow } from './bareRows.ts';
import { coldTaskId } from './fixture.ts';
import { TABLE, type Servers } from './servers.ts';
import { ratio, summarize, type Summary } from './stats.ts';
import { answer } from './warm.ts';

export interface ColdPage {
  readonly latencyMs: Summary;
  /** The two vendor calls, bare. */
  readonly bareCallsMs: Summary;
  /** Such a task as rows, one a device and one a secret, written by bare requests of the SDK. */
  readonly bareWritesMs: Summary;
  /** The vendor calls and the table's requests that a cold read makes, in its order, bare. */
  readonly bareChainMs: Summary;
  /** Ours by the two bare calls and the bare writes of the same round. */
  readonly ratio: Summary;
  /** The bare chain by the same. */
  readonly floor: Summary;
}

const PRODUCT = 'CERT000001';

function bareVendorCall(servers: Servers, taskId: string) {
  const transport = createHttpTransport();
  const url = new URL(servers.vendorEndpoint);
  return async (action: string, more: object) => {
    const common = { Action: action, Region: 'gz', Timestamp: Math.floor(Date.now() / 1000), Nonce: randomInt(1, 2 ** 31) };
    const key = { SecretId: servers.environment['TENCENTCLOUD_SECRET_ID'] ?? '', SignatureMethod: 'HmacSHA256' };
    const parameters = { productID: PRODUCT, taskID: taskId, ...more, ...common, ...key };
    const vendorSecret = servers.environment['TENCENTCLOUD_SECRET_KEY'] ?? '';
    const { query } = signCall(parameters, { host: url.host, path: url.pathname, signatureMethod: 'HmacSHA256', secretKey: vendorSecret });
    const target = new URL(url);
    target.search = query;
    const outcome = await transport({ httpMethod: 'GET', url: target, headers: {}, timeoutMs: 5000, freshConnection: false });
    if (!outcome.ok || !outcome.value.text.includes('"code":0')) throw new Error(`the bare ${action} failed`);
  };
}

type CallVendor = ReturnType<typeof bareVendorCall>;

const callStatus = (call: CallVendor) => call('GetCreateMultiDevTask', {});
const callDevices = (call: CallVendor) => call('GetMultiDevices', { pageNum: 1, pageSize: 100 });

/** The items that a task of that size is stored as, under another key. */
async function readStoredItems(client: DynamoDBClient, size: number): Promise<BareRow[]> {
  const pk = { S: taskKey('default', { productId: PRODUCT, taskId: `cert${size}` }) };
  const input = { TableName: TABLE, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
  const { Items = [] } = await client.send(new QueryCommand(input));
  return Items.filter((item) => item['sk']?.S !== LEASE).map((item) => ({ ...item, pk: { S: 'chain' } }));
}

/** Sends what a cold read sends, in its order, and nothing between: look-up, status, lease, devices beside the creation, chunks, header. */
async function runBareChain(client: DynamoDBClient, call: CallVendor, items: readonly BareRow[]): Promise<void> {
  const get = (sortKeys: readonly string[]) => {
    const Keys = sortKeys.map((sk) => ({ pk: { S: 'no such task' }, sk: { S: sk } }));
    return client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys } } }));
  };
  const put = (Item: BareRow | undefined) => client.send(new PutItemCommand({ TableName: TABLE, Item }));
  const header = items.find((item) => item['sk']?.S === HEADER);
  await get([HEADER, 'chunk#000']);
  await callStatus(call);
  await put({ pk: { S: 'chain' }, sk: { S: LEASE }, owner: { S: crypto.randomUUID() }, heldUntilMs: { N: String(Date.now()) } });
  await Promise.all([callDevices(call), get([HEADER, 'creation'])]);
  const chunks = items.filter((item) => item !== header).map((Item) => ({ PutRequest: { Item } }));
  await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: chunks } }));
  await put(header);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/**
 * A cold page of 20 of a task of that size, each task read once, beside the two bare vendor calls it needs, the writes
 * that store its rows, and all of its own requests bare. @param rows of such a task
 */
export async function measureColdPage(servers: Servers, handler: LambdaHandler, rows: readonly BareRow[], size: number, tasks: number): Promise<ColdPage> {
  const samples = { ours: [] as number[], calls: [] as number[], writes: [] as number[], chain: [] as number[] };
  const call = bareVendorCall(servers, coldTaskId(size, 0));
  const client = createSdkClient(emulatorConnection(servers.databaseEndpoint));
  const stored = await readStoredItems(client, size);
  for (let index = 0; index < tasks; index += 1) {
    const taskId = coldTaskId(size, index);
    const ours = await timed(() => answer(handler, PRODUCT, taskId, ''));
    const calls = await timed(() => callStatus(call).then(() => callDevices(call)));
    const writes = await timed(() => writeBareRows(client, rows.map((row) => ({ ...row, pk: { S: `copy#${taskId}` } }))));
    const chain = await timed(() => runBareChain(client, call, stored));
    if (index < 3) continue; // connections, code
    for (const [name, ms] of Object.entries({ ours, calls, writes, chain })) samples[name as keyof typeof samples].push(ms); // the same names
  }
  client.destroy();
  const { ours, calls, writes, chain } = samples;
  const peers = calls.map((ms, round) => ms + (writes[round] ?? NaN));
  return {
    latencyMs: summarize(ours),
    bareCallsMs: summarize(calls),
    bareWritesMs: summarize(writes),
    bareChainMs: summarize(chain),
    ratio: ratio(ours, peers),
    floor: ratio(chain, peers),
  };
}
