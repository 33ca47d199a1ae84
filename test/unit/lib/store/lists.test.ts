import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListRef } from '../../../../lib/store/keys.ts';
import { readList, toListItem, type ListEntry, type ListPage } from '../../../../lib/store/lists.ts';
import { createMemoryTable } from './memoryTable.ts';

const nowS = Date.UTC(2026, 10, 24, 10) / 1000;
const list: ListRef = { account: 'main', kind: 'device-tasks', productId: 'P' };
const LIFE_S = 30 * 86_400;

function makeEntry(id: string, createdAtMs: number, expiresAtS = Math.floor(createdAtMs / 1000) + LIFE_S): ListEntry {
  return { id, createdAtMs, expiresAtS, totalDevices: 2 };
}

/** A list over a table in memory; counts the requests. */
function setUp(entries: readonly ListEntry[] = []) {
  const memory = createMemoryTable();
  const limits: number[] = [];
  const table = {
    ...memory,
    query: (query: Parameters<typeof memory.query>[0]) => {
      limits.push(query.limit);
      return memory.query(query);
    },
  };
  const add = (entry: ListEntry, to = list) => memory.put(toListItem(to, entry));
  for (const entry of entries) void add(entry);
  return { memory, limits, add, read: (pageSize: number, cursor?: string) => readList(table, list, { pageSize, ...(cursor === undefined ? {} : { cursor }) }, nowS) };
}

/** All ids by `next`, with something done between two pages. */
async function walk(read: (cursor?: string) => Promise<ListPage | undefined>, between: () => void = () => {}): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; between()) {
    const page = await read(cursor);
    ids.push(...(page?.entries.map(({ id }) => id) ?? []));
    cursor = page?.next;
    if (cursor === undefined) return ids;
  }
}

const ids = (page: ListPage | undefined) => page?.entries.map(({ id }) => id);

describe('a page of a list', () => {
  it('holds the newest entries first, as they were written', async () => {
    const entries = ['a', 'b', 'c'].map((id, index) => makeEntry(id, nowS * 1000 - 1000 + index));
    expect(await setUp(entries).read(5)).toEqual({ entries: entries.toReversed() });
  });

  it('costs one Query, and names a next page only if there is one', async () => {
    const entries = ['a', 'b', 'c', 'd'].map((id, index) => makeEntry(id, nowS * 1000 - index));
    const { read, limits } = setUp(entries);
    const first = await read(2);
    expect([ids(first), first?.next]).toEqual([['a', 'b'], expect.any(String)]);
    expect(await read(2, first?.next)).toEqual({ entries: entries.slice(2) });
    expect(await read(4)).toEqual({ entries });
    expect(limits).toEqual([3, 3, 5]);
  });

  it('of nothing is empty, and so is one after the last', async () => {
    expect(await setUp().read(20)).toEqual({ entries: [] });
    const { read, memory } = setUp(['a', 'b'].map((id, index) => makeEntry(id, nowS * 1000 - index)));
    const first = await read(1);
    memory.items.delete([...memory.items.keys()].at(-1) ?? '');
    expect(await read(1, first?.next)).toEqual({ entries: [] });
  });

  it('knows nothing of another account, kind or product', async () => {
    const { add, read } = setUp();
    for (const other of [{ account: 'mai' }, { kind: 'device-batches' as const }, { productId: 'P1' }]) void add(makeEntry('a', nowS * 1000), { ...list, ...other });
    expect(await read(20)).toEqual({ entries: [] });
  });

  it('is refused for a cursor of another product, kind or account, and for one that was cut', async () => {
    const entries = ['a', 'b'].map((id, index) => makeEntry(id, nowS * 1000 - index));
    const { memory, read } = setUp(entries);
    const { next = '' } = (await read(1)) ?? {};
    expect(ids(await read(1, next))).toEqual(['b']);
    for (const other of [{ account: 'mai' }, { kind: 'device-batches' as const }, { productId: 'P1' }])
      expect(await readList(memory, { ...list, ...other }, { pageSize: 1, cursor: next }, nowS)).toBeUndefined();
    for (const cursor of [next.slice(0, -1), next.slice(1), 'A', '-']) expect(await read(1, cursor)).toBeUndefined();
  });
});

describe('what has expired', () => {
  it('is passed over wherever it stands, and leaves no page short or empty with a next', async () => {
    const entries = Array.from({ length: 60 }, (_, index) => makeEntry(`t${index}`, nowS * 1000 - index, index % 3 === 0 ? nowS + 1 : nowS));
    const { read, limits } = setUp(entries);
    const first = await read(10);
    expect(ids(first)).toEqual(Array.from({ length: 10 }, (_, index) => `t${index * 3}`));
    const second = await read(10, first?.next);
    expect([ids(second)?.length, second?.next]).toEqual([10, undefined]);
    expect(limits).toEqual([11, 500, 11, 500]);
  });

  it('costs nothing once it is as old as anything can get', async () => {
    const old = Array.from({ length: 2000 }, (_, index) => makeEntry(`old${index}`, (nowS - LIFE_S) * 1000 - index - 1));
    const { read, limits } = setUp([...old, makeEntry('new', nowS * 1000)]);
    expect(ids(await read(20))).toEqual(['new']);
    expect(limits).toEqual([21]);
  });

  it('ends a walk that was left lying for a month', async () => {
    const entries = ['a', 'b'].map((id, index) => makeEntry(id, (nowS - LIFE_S + 5) * 1000 - index));
    const { memory, read } = setUp(entries);
    const { next = '' } = (await read(1)) ?? {};
    expect(await readList(memory, list, { pageSize: 1, cursor: next }, nowS + 10)).toEqual({ entries: [] });
  });

  it('is passed over in ten Queries at the most; what lies behind it is reached by next', async () => {
    const gone = Array.from({ length: 5200 }, (_, index) => makeEntry(`gone${index}`, nowS * 1000 - index, nowS));
    const { read, limits } = setUp([...gone, makeEntry('last', nowS * 1000 - 10_000)]);
    const first = await read(20);
    expect([ids(first), limits.length]).toEqual([[], 10]);
    expect(await walk((cursor) => read(20, cursor))).toEqual(['last']);
  });

  it.each([
    ['of another version', { v: { N: '2' } }],
    ['without an end', { expiresAt: { S: 'never' } }],
    ['of an unreadable key', { sk: { S: `${nowS}000x` } }],
  ])('is not told from what is %s', async (_name, change) => {
    const { memory, read } = setUp();
    await memory.put({ ...toListItem(list, makeEntry('a', nowS * 1000)), ...change });
    expect(await read(20)).toEqual({ entries: [] });
  });
});

describe('a walk by next', () => {
  const instants = fc.array(fc.nat({ max: 4 }), { maxLength: 40 });

  it('gives each entry that stood when it began once, newest first, whatever is created meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(instants, instants, fc.integer({ min: 1, max: 7 }), async (before, during, pageSize) => {
        const { add, read } = setUp(before.map((ms, index) => makeEntry(`b${index}`, nowS * 1000 - 10 + ms)));
        // Some are created with a time of the past: their creation was under way.
        const later = during.map((ms, index) => makeEntry(`d${index}`, nowS * 1000 - 10 + ms * 2));
        const found = await walk((cursor) => read(pageSize, cursor), () => later.splice(0, 3).forEach((entry) => void add(entry)));
        expect(new Set(found).size).toBe(found.length);
        const stood = before.map((ms, index) => [`${String(ms).padStart(3, '0')}#b${index}`, `b${index}`] as const).toSorted(([a], [b]) => (a < b ? 1 : -1));
        expect(found.filter((id) => id.startsWith('b'))).toEqual(stood.map(([, id]) => id));
      }),
    );
  });
});
