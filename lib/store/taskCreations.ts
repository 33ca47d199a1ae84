import * as z from 'zod/mini';
import type { TaskRef } from '../deviceTasks/device.ts';
import type { TaskCreation } from '../deviceTasks/ports.ts';
import type { Item } from './dynamoDbApi.ts';
import { creationKey } from './keys.ts';
import { isLive, numberAttribute, textAttribute, versionAttribute } from './storedItems.ts';

// A version of its own: what was noted of a task outlives a change of the form that results are stored in.
const CREATION_VERSION = 1;

const creationItem = z.object({
  v: versionAttribute(CREATION_VERSION),
  createdAt: numberAttribute,
  expiresAt: numberAttribute,
  totalDevices: numberAttribute,
  namesHash: textAttribute,
  api: z.optional(textAttribute),
});

/** What was noted of a task's creation, or `undefined` if that is missing, unreadable, of another version or expired. */
export function parseCreation(item: Item | undefined, nowS: number): TaskCreation | undefined {
  const parsed = creationItem.safeParse(item);
  if (!parsed.success || !isLive(parsed.data, nowS)) return undefined;
  const { createdAt, expiresAt, totalDevices, namesHash, api } = parsed.data;
  return { createdAtS: createdAt, expiresAtS: expiresAt, totalDevices, namesHash, ...(api === undefined ? {} : { api }) };
}

/** A creation as an item, which expires with the task. */
export function toCreationItem(account: string, ref: TaskRef, creation: TaskCreation): Item {
  const { pk, sk } = creationKey(account, ref);
  return {
    pk: { S: pk },
    sk: { S: sk },
    v: { N: String(CREATION_VERSION) },
    createdAt: { N: String(creation.createdAtS) },
    expiresAt: { N: String(creation.expiresAtS) },
    totalDevices: { N: String(creation.totalDevices) },
    namesHash: { S: creation.namesHash },
    ...(creation.api === undefined ? {} : { api: { S: creation.api } }),
  };
}
