import { describe, expect, it } from 'vitest';
import type { DeviceBatchPageResource } from '../../../../lib/deviceBatches/resources.ts';
import { writePage } from '../../../../lib/http/batchPage.ts';

/** A page whose JSON and whose CSV are a little over so many bytes. */
function pageOf(bytes: number): DeviceBatchPageResource {
  const certificate = 'ü'.repeat(Math.floor(bytes / 1000));
  const devices = Array.from({ length: 500 }, (_, index) => ({ deviceName: `d-${index}`, status: 'created' as const, credentials: { type: 'certificate' as const, certificate } }));
  return { productId: 'P', batchId: '01a20cff-7d00-7c3e-8f2b-6d1a0e9c4b57', page: 1, pageSize: 500, totalItems: 500, totalPages: 1, devices };
}

describe.each([undefined, 'text/csv'])('a page written for Accept: %s', (accept) => {
  it('of over 5 MB is refused by the name of its size, in bytes, not characters', () => {
    expect(() => writePage(pageOf(5_000_000), false, accept)).toThrow(
      expect.objectContaining({ code: 'invalid-request', options: { errors: [{ in: 'query', name: 'pageSize', detail: 'makes a page of over 5 MB; ask for fewer devices' }] } }),
    );
  });

  it('below that is written whole', () => {
    const { body, contentType } = writePage(pageOf(4_900_000), false, accept);
    expect(Buffer.byteLength(body)).toBeGreaterThan(4_900_000);
    expect(contentType).toBe(accept === undefined ? undefined : 'text/csv; charset=utf-8; header=present');
  });
});
