import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

// The fastest quality that finds what the certificates of one authority share; the window holds a usual chunk.
// `docs/adr/0013-chunks.md` has the figures.
const COMPRESSION = { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 16 } };

// A chunk is some 40 KB before and 10 to 30 KB after; what is far beyond that is not of this vendor, and is not stored.
// With keys and all no item exceeds 100 KB, so that 100 of them fit one answer of a BatchGetItem (16 MB).
const MAX_UNPACKED_BYTES = 1024 * 1024;
const MAX_PACKED_BYTES = 99_000;

/** A value as compressed JSON. @throws if it is too large to be stored */
export function packJson(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value), 'utf8');
  const packed = brotliCompressSync(json, COMPRESSION);
  if (json.length > MAX_UNPACKED_BYTES || packed.length > MAX_PACKED_BYTES)
    throw new Error(`a chunk of ${json.length} bytes, ${packed.length} compressed, is not stored`);
  return packed;
}

// What a usual chunk unpacks to comes in one piece: pieces of Node's 16 KB take half as long again.
const UNPACKING = { maxOutputLength: MAX_UNPACKED_BYTES, chunkSize: 64 * 1024 };

/** @returns what was packed, or `undefined` if it cannot be read */
export function unpackJson(packed: Uint8Array): unknown {
  try {
    return JSON.parse(brotliDecompressSync(packed, UNPACKING).toString('utf8'));
  } catch {
    return undefined;
  }
}
