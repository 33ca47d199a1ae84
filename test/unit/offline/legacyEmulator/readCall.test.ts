import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCall, type CallSource } from '../../../../offline/legacyEmulator/readCall.ts';

const get: CallSource = { httpMethod: 'GET', host: 'h:1', url: '/v2/index.php?a=1&b=x%20y+z', contentType: '', body: '' };
const post: CallSource = {
  httpMethod: 'POST',
  host: 'h:1',
  url: '/v2/index.php',
  contentType: 'application/x-www-form-urlencoded; charset=utf-8',
  body: 'a=1&b=x%20y+z',
};

describe('readCall', () => {
  it.each([get, post])('reads the parameters of a $httpMethod, decoded', (source) => {
    const call = readCall(source);
    expect(call).toMatchObject({ host: 'h:1', path: '/v2/index.php', malformed: undefined });
    expect(Object.fromEntries(call.params)).toEqual({ a: '1', b: 'x y z' });
  });

  it('reads back whatever a client encodes, over either method', () => {
    const names = fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(names, (params) => {
        const form = new URLSearchParams(params).toString();
        const calls = [readCall({ ...get, url: `/v2/index.php?${form}` }), readCall({ ...post, body: form })];
        for (const { params: read } of calls) expect(Object.fromEntries(read)).toEqual({ ...params });
      }),
    );
  });

  it.each([
    ['a GET with a body', { ...get, body: 'c=1' }],
    ['a POST with a query', { ...post, url: '/v2/index.php?c=1' }],
    ['a POST of another content type', { ...post, contentType: 'application/json' }],
    ['a POST of no content type', { ...post, contentType: '' }],
    ['a repeated name', { ...post, body: 'a=1&a=1' }],
  ])('marks %s as malformed', (_what, source) => {
    expect(readCall(source).malformed).toEqual(expect.any(String));
  });
});
