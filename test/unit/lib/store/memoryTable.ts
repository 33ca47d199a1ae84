import type { Item } from '../../../../lib/store/dynamoDbApi.ts';
import type { TableClient } from '../../../../lib/store/tableClient.ts';

const keyOf = (pk: string, sk: string) => JSON.stringify([pk, sk]);
const skOf = (item: Item) => item['sk']?.S ?? '';
const listOf = (item: Item | undefined): Item[] => (item === undefined ? [] : [item]);
const pkOf = (item: Item) => item['pk']?.S ?? '';

export interface MemoryTable extends TableClient {
  /** What stands in the table now, open to change. */
  readonly items: Map<string, Item>;
  /** The stored item itself. */
  readonly at: (sk: string) => Item;
}

/** A table in memory, always consistent; items are copied in, as over the wire. Conditions are not supported. */
export function createMemoryTable(): MemoryTable {
  const items = new Map<string, Item>();
  const put = (item: Item) => void items.set(keyOf(pkOf(item), skOf(item)), structuredClone(item));
  return {
    items,
    at: (sk) => {
      const found = [...items.values()].find((item) => skOf(item) === sk);
      if (found === undefined) throw new Error(`no item ${sk}`);
      return found;
    },
    get: (pk, sk) => Promise.resolve(items.get(keyOf(pk, sk))),
    getMany: (keys) => Promise.resolve(keys.flatMap(({ pk, sk }) => listOf(items.get(keyOf(pk, sk))))),
    query: ({ pk, from, after, limit }) => {
      if (after !== undefined && after < from) return Promise.reject(new Error('the provided starting key is outside query boundaries'));
      const isAsked = (item: Item) => pkOf(item) === pk && skOf(item) >= from && (after === undefined || skOf(item) < after);
      const found = [...items.values()].filter(isAsked).toSorted((a, b) => (skOf(a) < skOf(b) ? 1 : -1)).slice(0, limit);
      // As DynamoDB: a full answer never says that it is the last.
      return Promise.resolve({ items: found, last: found.length === limit ? found.at(-1)?.['sk']?.S : undefined });
    },
    update: ({ pk, sk }, attributes) => Promise.resolve(put({ ...items.get(keyOf(pk, sk)), ...attributes })),
    put: (item) => Promise.resolve(put(item)),
    putMany: (many) => Promise.resolve(many.forEach(put)),
    remove: (pk, sk) => Promise.resolve(void items.delete(keyOf(pk, sk))),
  };
}

export interface WeakTableDeps {
  /** Resolves when the next write of one item, or the next read of one request, may happen. */
  readonly turn: () => Promise<void>;
  /** Chooses one of so many versions of an item. */
  readonly pick: (count: number) => number;
}

/**
 * A table as weak as the real one may be: a batch is written item by item in any order, and a read that is
 * not consistent may find any version of an item that ever stood, each item for itself.
 */
export function createWeakTable({ turn, pick }: WeakTableDeps): TableClient {
  const versions = new Map<string, Item[]>();
  const put = async (item: Item) => {
    await turn();
    const key = keyOf(pkOf(item), skOf(item));
    versions.set(key, [...(versions.get(key) ?? []), item]);
  };
  const readAny = (key: string) => {
    const known = [undefined, ...(versions.get(key) ?? [])];
    return known[pick(known.length)];
  };
  return {
    get: async (pk, sk) => {
      await turn();
      return versions.get(keyOf(pk, sk))?.at(-1);
    },
    getMany: async (keys) => {
      await turn();
      return keys.flatMap(({ pk, sk }) => listOf(readAny(keyOf(pk, sk))));
    },
    query: () => Promise.reject(new Error('the store of results lists nothing')),
    update: () => Promise.reject(new Error('the store updates nothing')),
    put,
    putMany: async (many) => void (await Promise.all(many.map(put))),
    remove: () => Promise.reject(new Error('the store removes nothing')),
  };
}
