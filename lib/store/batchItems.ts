import * as z from 'zod/mini';
import type { BatchHeader, BatchPart, BatchRef } from '../deviceBatches/batch.ts';
import { partState, type PartState } from '../deviceBatches/part.ts';
import type { HeaderLookup } from '../deviceBatches/storePorts.ts';
import type { Item } from './dynamoDbApi.ts';
import { batchKey, HEADER, partKey } from './keys.ts';
import { packJson, unpackJson } from './packing.ts';
import { binaryAttribute, isLive, numberAttribute, textAttribute, toBinary, versionAttribute } from './storedItems.ts';

// The stored form of batches has a version of its own: a batch is read and carried on as long as it lives.
const BATCH_VERSION = 1;

const common = { v: versionAttribute(BATCH_VERSION), expiresAt: numberAttribute };

const json = z.transform((text: string, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.issues.push({ code: 'custom', input: text, message: 'is no JSON' });
    return z.NEVER;
  }
});
const deviceNames = z.array(z.string());
const callerText = z.exactOptional(z.string());
const batchCaller = z.object({ iss: callerText, sub: callerText, client: callerText });

const acceptedItem = z.object({
  ...common,
  state: z.object({ S: z.literal('accepted') }),
  createdAt: numberAttribute,
  totalDevices: numberAttribute,
  namesHash: textAttribute,
  retryOf: z.exactOptional(textAttribute),
  caller: z.exactOptional(z.pipe(z.pipe(textAttribute, json), batchCaller)),
});
const headerItem = z.union([acceptedItem, z.object({ ...common, state: z.object({ S: z.literal('abandoned') }) })]);
const partItem = z.object({
  ...common,
  sk: z.pipe(textAttribute, z.transform((sk) => Number(sk.slice(-3)))),
  createdAt: numberAttribute,
  names: binaryAttribute,
  state: z.pipe(z.pipe(textAttribute, json), partState),
  revision: textAttribute,
});

function toItem(pk: string, sk: string, expiresAtS: number): Item {
  return { pk: { S: pk }, sk: { S: sk }, v: { N: String(BATCH_VERSION) }, expiresAt: { N: String(expiresAtS) } };
}

/** The item that accepts a batch. */
export function toAcceptedItem(account: string, ref: BatchRef, header: BatchHeader): Item {
  const { createdAtS, expiresAtS, totalDevices, namesHash, retryOf, caller } = header;
  return {
    ...toItem(batchKey(account, ref), HEADER, expiresAtS),
    state: { S: 'accepted' },
    createdAt: { N: String(createdAtS) },
    totalDevices: { N: String(totalDevices) },
    namesHash: { S: namesHash },
    ...(retryOf === undefined ? {} : { retryOf: { S: retryOf } }),
    ...(caller === undefined ? {} : { caller: { S: JSON.stringify(caller) } }),
  };
}

/** The item that bars the way to such a header. */
export function toAbandonedItem(account: string, ref: BatchRef, expiresAtS: number): Item {
  return { ...toItem(batchKey(account, ref), HEADER, expiresAtS), state: { S: 'abandoned' } };
}

/** @throws if the item cannot be read: a batch that is there must not be taken for one that is not */
export function parseBatchHeader(item: Item | undefined, nowS: number): HeaderLookup {
  if (item === undefined) return { kind: 'absent' };
  const parsed = headerItem.parse(item);
  if (!isLive(parsed, nowS)) return { kind: 'absent' };
  if (!('createdAt' in parsed)) return { kind: 'abandoned' };
  const { createdAt, expiresAt, totalDevices, namesHash, retryOf, caller } = parsed;
  const asked = { ...(retryOf === undefined ? {} : { retryOf }), ...(caller === undefined ? {} : { caller }) };
  return { kind: 'accepted', header: { createdAtS: createdAt, expiresAtS: expiresAt, totalDevices, namesHash, ...asked } };
}

/** The attributes that a step of a part changes. */
export function toStateAttributes(state: PartState, revision: string): Item {
  return { state: { S: JSON.stringify(state) }, revision: { S: revision } };
}

export function toPartItem(account: string, ref: BatchRef, part: BatchPart): Item {
  return {
    ...toItem(batchKey(account, ref), partKey(part.number), part.expiresAtS),
    createdAt: { N: String(part.createdAtS) },
    names: toBinary(packJson(part.deviceNames)),
    ...toStateAttributes(part.state, part.revision),
  };
}

/**
 * The names are unpacked when they are first asked for: a page of a batch needs those of a part or two of a hundred.
 * @returns `undefined` if it is expired @throws if it cannot be read, for its names when they are asked for
 */
export function parsePart(item: Item, nowS: number): BatchPart | undefined {
  const part = partItem.parse(item);
  if (!isLive(part, nowS)) return undefined;
  const { sk: number, names, createdAt: createdAtS, expiresAt: expiresAtS, state, revision } = part;
  let unpacked: readonly string[] | undefined;
  return {
    number,
    get deviceNames() {
      return (unpacked ??= deviceNames.parse(unpackJson(names)));
    },
    createdAtS,
    expiresAtS,
    state,
    revision,
  };
}
