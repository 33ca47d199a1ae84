import * as z from 'zod/mini';
import type { StoredTask } from '../deviceTasks/ports.ts';
import type { AttributeValue, Item } from './dynamoDbApi.ts';

// The stored form of a completed task. `docs/store.md` shows the table; raise SCHEMA_VERSION if a reader of the old
// form would misread the new one: what carries another version counts as absent and is fetched anew.

export const SCHEMA_VERSION = 3;

/** Nothing is stored, or listed, for longer than this. */
export const MAX_LIFE_S = 30 * 24 * 60 * 60;

export const numberAttribute = z.pipe(z.object({ N: z.string() }), z.transform(({ N }) => Number(N)));
export const textAttribute = z.pipe(z.object({ S: z.string() }), z.transform(({ S }) => S));
export const binaryAttribute = z.pipe(z.object({ B: z.string() }), z.transform(({ B }): Uint8Array => Buffer.from(B, 'base64')));

export const versionAttribute = (version: number) => numberAttribute.check(z.refine((found) => found === version));

const common = { v: versionAttribute(SCHEMA_VERSION), fetchId: textAttribute, expiresAt: numberAttribute };

const headerItem = z.object({
  ...common,
  statuses: textAttribute.check(z.regex(/^[cf]*$/)),
  nameIndex: binaryAttribute,
  dataKey: z.optional(binaryAttribute),
});
const chunkItem = z.object({ ...common, sk: textAttribute, data: binaryAttribute });

export type StoredHeader = z.infer<typeof headerItem>;

export const isLive = (item: { readonly expiresAt: number }, nowS: number) => item.expiresAt > nowS;

/** The header, or `undefined` if it is missing, unreadable, of another version or expired. */
export function parseHeader(item: Item | undefined, nowS: number): StoredHeader | undefined {
  const parsed = headerItem.safeParse(item);
  return parsed.success && isLive(parsed.data, nowS) ? parsed.data : undefined;
}

/** What a header says of its task. */
export function toStoredTask({ statuses, expiresAt, fetchId }: StoredHeader): StoredTask {
  const totalDevices = statuses.length;
  const failedDevices = Array.from(statuses).filter((character) => character === 'f').length;
  return { totalDevices, createdDevices: totalDevices - failedDevices, failedDevices, expiresAtS: expiresAt, fetchId };
}

/** The data of one fetch's chunks, in clear and encrypted ones, by sort key; every other item counts as absent. */
export function parseChunks(items: readonly Item[], header: StoredHeader, nowS: number): Map<string, Uint8Array> {
  const chunks = new Map<string, Uint8Array>();
  for (const item of items) {
    const parsed = chunkItem.safeParse(item);
    if (parsed.success && parsed.data.fetchId === header.fetchId && isLive(parsed.data, nowS))
      chunks.set(parsed.data.sk, parsed.data.data);
  }
  return chunks;
}

export function toBinary(bytes: Uint8Array): AttributeValue {
  return { B: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}

function toItem(pk: string, sk: string, { fetchId, expiresAt }: StoredHeader): Item {
  return {
    pk: { S: pk },
    sk: { S: sk },
    v: { N: String(SCHEMA_VERSION) },
    fetchId: { S: fetchId },
    expiresAt: { N: String(expiresAt) },
  };
}

/** A header as an item. */
export function toHeaderItem(pk: string, sk: string, header: StoredHeader): Item {
  const { statuses, nameIndex, dataKey } = header;
  return { ...toItem(pk, sk, header), statuses: { S: statuses }, nameIndex: toBinary(nameIndex), ...(dataKey === undefined ? {} : { dataKey: toBinary(dataKey) }) };
}

/** A chunk as an item of the header's fetch. */
export function toChunkItem(pk: string, sk: string, header: StoredHeader, data: Uint8Array): Item {
  return { ...toItem(pk, sk, header), data: toBinary(data) };
}
