import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { associatedData, decrypt, encrypt } from '../../../../lib/store/cipher.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bytes = fc.uint8Array({ maxLength: 300 });

describe('cipher', () => {
  it('decrypts what it encrypted, byte for byte', () => {
    fc.assert(
      fc.property(key, bytes, bytes, (dataKey, plaintext, aad) => {
        expect(decrypt(dataKey, encrypt(dataKey, plaintext, aad), aad)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('decrypts nothing of which any bit was flipped', () => {
    fc.assert(
      fc.property(key, bytes, bytes, fc.nat(), fc.nat(7), (dataKey, plaintext, aad, at, bit) => {
        const encrypted = Buffer.from(encrypt(dataKey, plaintext, aad));
        const index = at % encrypted.length;
        encrypted.writeUInt8(encrypted.readUInt8(index) ^ (1 << bit), index);
        expect(decrypt(dataKey, encrypted, aad)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('decrypts nothing of which any byte was flipped, each of them tried', () => {
    const [dataKey, aad] = [randomBytes(32), Buffer.from('aad')];
    const encrypted = encrypt(dataKey, Buffer.from('a secret'), aad);
    const decrypted = Array.from(encrypted, (byte, index) => decrypt(dataKey, Uint8Array.from(encrypted).fill(byte ^ 0xff, index, index + 1), aad));
    expect(decrypted).toEqual(Array.from(encrypted, () => undefined));
  });

  it('decrypts nothing under other associated data or another key', () => {
    fc.assert(
      fc.property(key, key, bytes, bytes, bytes, (dataKey, otherKey, plaintext, aad, otherAad) => {
        fc.pre(!Buffer.from(dataKey).equals(otherKey) && !Buffer.from(aad).equals(otherAad));
        const encrypted = encrypt(dataKey, plaintext, aad);
        expect(decrypt(dataKey, encrypted, otherAad)).toBeUndefined();
        expect(decrypt(otherKey, encrypted, aad)).toBeUndefined();
      }),
    );
  });

  it('decrypts nothing that was cut short or grown', () => {
    const [dataKey, aad] = [randomBytes(32), Buffer.from('aad')];
    const encrypted = encrypt(dataKey, Buffer.from('a secret'), aad);
    for (let length = 0; length < encrypted.length; length += 1) expect(decrypt(dataKey, encrypted.subarray(0, length), aad)).toBeUndefined();
    expect(decrypt(dataKey, Buffer.concat([encrypted, Buffer.alloc(1)]), aad)).toBeUndefined();
  });

  it('decrypts nothing with a key of another length', () => {
    const encrypted = encrypt(randomBytes(32), Buffer.from('a secret'), Buffer.from('aad'));
    for (const length of [0, 16, 31, 33]) expect(decrypt(randomBytes(length), encrypted, Buffer.from('aad'))).toBeUndefined();
  });

  it('encrypts the same plaintext differently each time', () => {
    const dataKey = randomBytes(32);
    const results = Array.from({ length: 100 }, () => encrypt(dataKey, Buffer.from('same'), Buffer.alloc(0)));
    expect(new Set(results.map((encrypted) => Buffer.from(encrypted).toString('hex'))).size).toBe(100);
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
