import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCursor, readCursor } from '../../../../lib/store/cursor.ts';
import type { ListRef } from '../../../../lib/store/keys.ts';

const list: ListRef = { account: 'main', kind: 'device-tasks', productId: 'ABCED12345' };
const sortKey = '001795514400000#abcdedf123456789';
const cursor = makeCursor(list, sortKey);

const identifier = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const lists = fc.record({ account: fc.stringMatching(/^[A-Za-z0-9_.@-]{1,64}$/), kind: fc.constantFrom('device-tasks' as const, 'device-batches' as const), productId: identifier });
const sortKeys = fc.tuple(fc.nat(), identifier).map(([ms, id]) => `${String(ms).padStart(15, '0')}#${id}`);

describe('a cursor', () => {
  it('leads back to its place in its own list, and to none in any other', () => {
    fc.assert(
      fc.property(lists, lists, sortKeys, (own, other, place) => {
        const made = makeCursor(own, place);
        expect(made).toMatch(/^[A-Za-z0-9_-]{40,256}$/);
        expect(readCursor(own, made)).toBe(place);
        const isSame = JSON.stringify(own) === JSON.stringify(other);
        expect(readCursor(other, made)).toBe(isSame ? place : undefined);
      }),
    );
  });

  it.each([{ account: 'main2' }, { kind: 'device-batches' as const }, { productId: 'ABCED12346' }])('is refused in the list that differs in %j', (difference) => {
    expect(readCursor(list, cursor)).toBe(sortKey);
    expect(readCursor({ ...list, ...difference }, cursor)).toBeUndefined();
  });

  it('is refused with any character changed, left out or added', () => {
    for (const [index, old] of Array.from(cursor).entries()) {
      const [before, behind] = [cursor.slice(0, index), cursor.slice(index + 1)];
      for (const changed of [`${before}${old === 'A' ? 'B' : 'A'}${behind}`, before + behind, before, `${before}-${old}${behind}`])
        expect([changed, readCursor(list, changed)]).toEqual([changed, undefined]);
    }
  });

  it('is refused in other letters that mean the same bytes', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const bytes = Buffer.from(cursor, 'base64url');
    const others = Array.from(letters, (letter) => cursor.slice(0, -1) + letter).filter((text) => text !== cursor && Buffer.from(text, 'base64url').equals(bytes));
    for (const same of [...others, `${cursor}=`, `${cursor} `, `${cursor}A`]) expect(readCursor(list, same)).toBeUndefined();
  });

  it('names neither the account nor anything secret', () => {
    expect(Buffer.from(cursor, 'base64url').toString('utf8')).toMatch(/^1\.device-tasks\.001795514400000#abcdedf123456789\.[\w-]{16}$/);
  });
});
