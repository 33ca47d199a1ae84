import { randomInt } from 'node:crypto';
import { emulatorPlace } from '../lib/config.ts';
import type { LambdaHandler } from '../lib/http/createHandler.ts';
import { createHttpTransport } from '../lib/upstream/httpTransport.ts';
import { signCall } from '../lib/upstream/queryV2/signature.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { writeBareRows, type BareRow } from './bareRows.ts';
import { coldTaskId } from './fixture.ts';
import { type Servers } from './servers.ts';
import { summarize, type Summary } from './stats.ts';
import { answer } from './warm.ts';

export interface ColdPage {
  readonly latencyMs: Summary;
  readonly bareCallsMs: Summary;
  /** Ours less the two bare calls of the same round. */
  readonly surplusMs: Summary;
  /** Such a task as rows, one a device and one a secret, written by bare requests of the SDK. */
  readonly bareWritesMs: Summary;
  /** Ours less the two bare calls and the bare writes of the same round. */
  readonly ownMs: Summary;
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

/**
 * A cold page of 20 of a task of that size, each task read once, beside the two bare vendor calls it needs and the
 * writes that store its rows. @param rows of such a task
 */
export async function measureColdPage(servers: Servers, handler: LambdaHandler, rows: readonly BareRow[], size: number, tasks: number): Promise<ColdPage> {
  const samples = { ours: [] as number[], bare: [] as number[], writes: [] as number[] };
  const call = bareVendorCall(servers, coldTaskId(size, 0));
  const client = createSdkClient(emulatorPlace(servers.databaseEndpoint));
  for (let index = 0; index < tasks; index += 1) {
    const taskId = coldTaskId(size, index);
    const startedMs = performance.now();
    await answer(handler, PRODUCT, taskId, '');
    const betweenMs = performance.now();
    await call('GetCreateMultiDevTask', {});
    await call('GetMultiDevices', { pageNum: 1, pageSize: 100 });
    const endedMs = performance.now();
    await writeBareRows(client, rows.map((row) => ({ ...row, pk: { S: `copy#${taskId}` } })));
    const writesMs = performance.now() - endedMs;
    if (index < 3) continue; // connections, code
    samples.ours.push(betweenMs - startedMs);
    samples.bare.push(endedMs - betweenMs);
    samples.writes.push(writesMs);
  }
  client.destroy();
  const surplus = samples.ours.map((value, index) => value - (samples.bare[index] ?? NaN));
  return {
    latencyMs: summarize(samples.ours),
    bareCallsMs: summarize(samples.bare),
    surplusMs: summarize(surplus),
    bareWritesMs: summarize(samples.writes),
    ownMs: summarize(surplus.map((value, index) => value - (samples.writes[index] ?? NaN))),
  };
}
