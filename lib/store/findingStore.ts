import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { BatchRef } from '../deviceBatches/batch.ts';
import type { Finding, FindingStore } from '../deviceBatches/storePorts.ts';
import { secretOf, storedDevice, withoutSecret, withSecret } from '../deviceTasks/device.ts';
import type { ReportFault } from '../deviceTasks/ports.ts';
import { createSecret } from '../secret.ts';
import { associatedData, decrypt, encrypt } from './cipher.ts';
import type { Item } from './dynamoDbApi.ts';
import { findingKey, recoveredKey } from './keys.ts';
import type { DataKey, KeyWrapper, WrapContext } from './keyWrapper.ts';
import { readPartition, removePartition } from './partitions.ts';
import { StoredMismatchError } from './secretChunks.ts';
import { binaryAttribute, isLive, numberAttribute, textAttribute, toBinary, versionAttribute } from './storedItems.ts';
import { isAccepted, type Condition, type TableClient } from './tableClient.ts';

export interface FindingStoreDeps {
  readonly table: TableClient;
  readonly account: string;
  /** `undefined`: no secret can be kept, and none must be asked for. */
  readonly wrapper: KeyWrapper | undefined;
  readonly clock: Clock;
  readonly reportFault: ReportFault;
}

const FINDING_VERSION = 1;

const findingItem = z.object({
  v: versionAttribute(FINDING_VERSION),
  sk: z.pipe(textAttribute, z.transform((sk) => Number(sk.slice(-3)))),
  expiresAt: numberAttribute,
  clear: textAttribute,
  secret: z.optional(binaryAttribute),
  dataKey: z.optional(binaryAttribute),
});
type FindingItem = z.infer<typeof findingItem>;

const clearFinding = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('device'), device: storedDevice }),
  z.object({ kind: z.literal('unknown') }),
  z.object({ kind: z.literal('missing'), look: z.int() }),
]);

const isReplaceable: Condition = {
  expression: 'attribute_not_exists(pk) OR kind = :missing',
  values: { ':missing': { S: 'missing' } },
};

const toClear = (finding: Finding) => JSON.stringify(finding.kind === 'device' ? { ...finding, device: withoutSecret(finding.device) } : finding);

/** What was found of the devices of a part, an item a device, its secret encrypted under a data key of who found it. */
export function createFindingStore(deps: FindingStoreDeps): FindingStore {
  const { table, account, wrapper, clock, reportFault } = deps;

  const bindTo = (ref: BatchRef, part: number, position: number, clear: string, expiresAt: number) =>
    associatedData([FINDING_VERSION, account, ref.productId, ref.batchId, part, position, clear, expiresAt]);

  /** Names only, since KMS writes them into its audit log. */
  const contextOf = ({ productId, batchId }: BatchRef, part: number): WrapContext => ({ service: 'iotcloud-rest', account, productId, batchId, part: String(part) });

  /** Opens each data key once. */
  const createOpener = (context: WrapContext) => {
    const opened = new Map<string, Promise<Uint8Array | undefined>>();
    return (wrapped: Uint8Array): Promise<Uint8Array | undefined> => {
      const id = Buffer.from(wrapped).toString('base64');
      const found = opened.get(id) ?? wrapper?.unwrap(wrapped, context) ?? Promise.resolve(undefined);
      opened.set(id, found);
      return found;
    };
  };

  const parse = async (item: FindingItem, ref: BatchRef, part: number, unwrap: ReturnType<typeof createOpener>): Promise<Finding> => {
    const finding: Finding = clearFinding.parse(JSON.parse(item.clear));
    if (finding.kind !== 'device' || item.secret === undefined || item.dataKey === undefined) return finding;
    const key = await unwrap(item.dataKey);
    const secret = key && decrypt(key, item.secret, bindTo(ref, part, item.sk, item.clear, item.expiresAt));
    if (secret !== undefined) return { ...finding, device: withSecret(finding.device, createSecret(secret.toString('utf8'))) };
    reportFault('stored-mismatch', new StoredMismatchError());
    return finding;
  };

  const toItem = (ref: BatchRef, part: number, position: number, finding: Finding, expiresAtS: number, dataKey: DataKey | undefined): Item => {
    const clear = toClear(finding);
    const secret = finding.kind === 'device' ? secretOf(finding.device) : undefined;
    const item: Item = {
      pk: { S: recoveredKey(account, ref, part) },
      sk: { S: findingKey(position) },
      v: { N: String(FINDING_VERSION) },
      expiresAt: { N: String(expiresAtS) },
      kind: { S: finding.kind },
      clear: { S: clear },
    };
    if (secret === undefined) return item;
    if (dataKey === undefined) throw new Error('no secret is stored in clear');
    const encrypted = encrypt(dataKey.plaintext, Buffer.from(secret.reveal(), 'utf8'), bindTo(ref, part, position, clear, expiresAtS));
    return { ...item, secret: toBinary(encrypted), dataKey: toBinary(dataKey.wrapped) };
  };

  return {
    open: async (ref, part, expiresAtS) => {
      const nowS = Math.floor(clock.now() / 1000);
      const context = contextOf(ref, part);
      const items = await readPartition(table, recoveredKey(account, ref, part), findingKey(0));
      const unwrap = createOpener(context);
      const live = items.map((item) => findingItem.parse(item)).filter((item) => isLive(item, nowS));
      const found = new Map(await Promise.all(live.map(async (item) => [item.sk, await parse(item, ref, part, unwrap)] as const)));
      // Made before any secret is asked for: one that could not be encrypted would be lost.
      const dataKey = await wrapper?.generate(context);
      const write = async (position: number, finding: Finding) => {
        const item = toItem(ref, part, position, finding, expiresAtS, dataKey);
        // Whoever holds a secret is the only one who does.
        if ('secret' in item) await table.put(item);
        else await isAccepted(table.put(item, isReplaceable));
      };
      return { found, write };
    },
    clear: (ref, part) => removePartition(table, recoveredKey(account, ref, part), findingKey(0)),
  };
}
