import { describe, expect, it } from 'vitest';
import { acceptsEncoding } from '../../../../lib/http/acceptsEncoding.ts';

describe('acceptsEncoding', () => {
  it.each([
    ['br', true],
    ['gzip, deflate, br, zstd', true],
    ['gzip;q=0.5, BR;q=0.8', true],
    ['gzip, br ; q=1', true],
    ['br;q=0', false],
    ['br; q=0.000', false],
    ['gzip, deflate', false],
    ['brotli', false],
    ['*', false],
    ['', false],
    [undefined, false],
  ])('reads %j as %j for br', (field, accepted) => {
    expect(acceptsEncoding(field, 'br')).toBe(accepted);
  });
});
