import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { associatedData, open, seal } from '../../../../lib/cache/cipher.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bytes = fc.uint8Array({ maxLength: 300 });

describe('cipher', () => {
  it('opens what it sealed, byte for byte', () => {
    fc.assert(
      fc.property(key, bytes, bytes, (dataKey, plaintext, aad) => {
        expect(open(dataKey, seal(dataKey, plaintext, aad), aad)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('opens no box of which any bit was flipped', () => {
    fc.assert(
      fc.property(key, bytes, bytes, fc.nat(), fc.nat(7), (dataKey, plaintext, aad, at, bit) => {
        const box = Buffer.from(seal(dataKey, plaintext, aad));
        const index = at % box.length;
        box.writeUInt8(box.readUInt8(index) ^ (1 << bit), index);
        expect(open(dataKey, box, aad)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('opens no box of which any byte was flipped, each of them tried', () => {
    const [dataKey, aad] = [randomBytes(32), Buffer.from('aad')];
    const box = seal(dataKey, Buffer.from('a secret'), aad);
    const opened = Array.from(box, (byte, index) => open(dataKey, Uint8Array.from(box).fill(byte ^ 0xff, index, index + 1), aad));
    expect(opened).toEqual(Array.from(box, () => undefined));
  });

  it('opens no box under other associated data or another key', () => {
    fc.assert(
      fc.property(key, key, bytes, bytes, bytes, (dataKey, otherKey, plaintext, aad, otherAad) => {
        fc.pre(!Buffer.from(dataKey).equals(otherKey) && !Buffer.from(aad).equals(otherAad));
        const box = seal(dataKey, plaintext, aad);
        expect(open(dataKey, box, otherAad)).toBeUndefined();
        expect(open(otherKey, box, aad)).toBeUndefined();
      }),
    );
  });

  it('opens no box that was cut short or grown', () => {
    const [dataKey, aad] = [randomBytes(32), Buffer.from('aad')];
    const box = seal(dataKey, Buffer.from('a secret'), aad);
    for (let length = 0; length < box.length; length += 1) expect(open(dataKey, box.subarray(0, length), aad)).toBeUndefined();
    expect(open(dataKey, Buffer.concat([box, Buffer.alloc(1)]), aad)).toBeUndefined();
  });

  it('opens nothing with a key of another length', () => {
    const box = seal(randomBytes(32), Buffer.from('a secret'), Buffer.from('aad'));
    for (const length of [0, 16, 31, 33]) expect(open(randomBytes(length), box, Buffer.from('aad'))).toBeUndefined();
  });

  it('seals the same plaintext differently each time', () => {
    const dataKey = randomBytes(32);
    const boxes = Array.from({ length: 100 }, () => seal(dataKey, Buffer.from('same'), Buffer.alloc(0)));
    expect(new Set(boxes.map((box) => Buffer.from(box).toString('hex'))).size).toBe(100);
  });
});

describe('associatedData', () => {
  it('is another for every other list of parts', () => {
    const parts = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const areSame = one.length === other.length && one.every((part, index) => part === other[index]);
        expect(associatedData(one).equals(associatedData(other))).toBe(areSame);
      }),
    );
    expect(associatedData(['ab', 'c'])).not.toEqual(associatedData(['a', 'bc']));
    expect(associatedData(['1'])).not.toEqual(associatedData([1]));
  });
});
