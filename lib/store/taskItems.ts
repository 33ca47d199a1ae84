import type { Device, TaskRef } from '../deviceTasks/device.ts';
import { MAX_STORED_DEVICES, packDevices, splitIntoChunks } from './chunks.ts';
import type { Item } from './dynamoDbApi.ts';
import { chunkKey, HEADER, secretsKey, taskKey } from './keys.ts';
import type { KeyWrapper } from './keyWrapper.ts';
import { makeNameIndex } from './nameIndex.ts';
import { encryptSecrets, wrapContext } from './secretChunks.ts';
import { SCHEMA_VERSION, toChunkItem, toHeaderItem, type StoredHeader } from './storedItems.ts';

export interface BuildContext {
  readonly account: string;
  readonly ref: TaskRef;
  readonly fetchId: string;
  /** Unix seconds. */
  readonly expiresAt: number;
  readonly wrapper: KeyWrapper | undefined;
}

export interface TaskItems {
  readonly header: StoredHeader;
  readonly headerItem: Item;
  /** Chunks in clear, each with its encrypted one if there is a wrapping key. */
  readonly chunkItems: readonly Item[];
}

/** All items of a completed task under one fetch id. @throws if it is too large to be stored, or no data key is to be had */
export async function buildTaskItems(context: BuildContext, devices: readonly Device[]): Promise<TaskItems> {
  const { account, ref, fetchId, expiresAt, wrapper } = context;
  if (devices.length > MAX_STORED_DEVICES) throw new Error(`a task of ${devices.length} devices is not stored`);
  const pk = taskKey(account, ref);
  const chunks = splitIntoChunks(devices).map((inChunk) => ({ inChunk, packed: packDevices(inChunk) }));
  // Devices without secrets have their encrypted chunk too: it is what shows that nothing in clear was changed.
  const dataKey = await wrapper?.generate(wrapContext(account, ref, fetchId));
  const header: StoredHeader = {
    v: SCHEMA_VERSION,
    fetchId,
    expiresAt,
    statuses: devices.map(({ status }) => (status === 'failed' ? 'f' : 'c')).join(''),
    nameIndex: makeNameIndex(devices.map(({ deviceName }) => deviceName)),
    ...(dataKey === undefined ? {} : { dataKey: dataKey.wrapped }),
  };
  const chunkItems = chunks.flatMap(({ inChunk, packed }, chunk) => {
    const inClear = toChunkItem(pk, chunkKey(chunk), header, packed);
    if (dataKey === undefined) return [inClear];
    const secrets = encryptSecrets(dataKey.plaintext, { account, ref, header, chunk, devices: packed }, inChunk);
    return [inClear, toChunkItem(pk, secretsKey(chunk), header, secrets)];
  });
  return { header, headerItem: toHeaderItem(pk, HEADER, header), chunkItems };
}
