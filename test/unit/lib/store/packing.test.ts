import { randomBytes } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packJson, unpackJson } from '../../../../lib/store/packing.ts';
import { anyText } from '../../../support/devices.ts';

describe('packJson', () => {
  it('is undone by unpackJson, for any text', () => {
    fc.assert(
      fc.property(fc.array(anyText), (texts) => {
        expect(unpackJson(packJson(texts))).toEqual(texts);
      }),
    );
  });

  it('refuses what is far larger than a chunk, before or after compression', () => {
    expect(() => packJson('x'.repeat(1024 * 1024))).toThrow('is not stored');
    expect(() => packJson(randomBytes(80_000).toString('hex'))).not.toThrow();
    expect(() => packJson(randomBytes(100_000).toString('hex'))).toThrow('is not stored');
  });
});

describe('unpackJson', () => {
  it('is undefined for what was cut, is no JSON, or would swell without end', () => {
    const packed = packJson(['devices']);
    expect(unpackJson(packed.subarray(0, -1))).toBeUndefined();
    expect(unpackJson(Buffer.from('devices'))).toBeUndefined();
    expect(unpackJson(brotliCompressSync('no JSON'))).toBeUndefined();
    expect(unpackJson(brotliCompressSync(Buffer.alloc(1024 * 1024 + 1, '1')))).toBeUndefined();
  });
});
