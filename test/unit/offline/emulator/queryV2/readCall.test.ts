import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCall } from '../../../../../offline/emulator/queryV2/readCall.ts';
import type { ReceivedRequest } from '../../../../../offline/emulator/startServer.ts';

const path = '/v2/index.php';
const get: ReceivedRequest = { method: 'GET', path, query: 'a=1&b=x%20y+z', headers: { host: 'h:1' }, body: '' };
const ofType = (contentType: string) => ({ host: 'h:1', 'content-type': contentType });
const post: ReceivedRequest = {
  method: 'POST',
  path,
  query: '',
  headers: ofType('application/x-www-form-urlencoded; charset=utf-8'),
  body: 'a=1&b=x%20y+z',
};

describe('readCall', () => {
  it.each([get, post])('reads the parameters of a $method, decoded', (source) => {
    const call = readCall(source);
    expect(call).toMatchObject({ host: 'h:1', path, malformed: undefined });
    expect(Object.fromEntries(call.params)).toEqual({ a: '1', b: 'x y z' });
  });

  it('reads back whatever a client encodes, over either method', () => {
    const names = fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(names, (params) => {
        const form = new URLSearchParams(params).toString();
        const calls = [readCall({ ...get, query: form }), readCall({ ...post, body: form })];
        for (const { params: read } of calls) expect(Object.fromEntries(read)).toEqual({ ...params });
      }),
    );
  });

  it.each([
    ['a GET with a body', { ...get, body: 'c=1' }],
    ['a POST with a query', { ...post, query: 'c=1' }],
    ['a POST of another content type', { ...post, headers: ofType('application/json') }],
    ['a POST of no content type', { ...post, headers: { host: 'h:1' } }],
    ['a repeated name', { ...post, body: 'a=1&a=1' }],
  ])('marks %s as malformed', (_what, source) => {
    expect(readCall(source).malformed).toEqual(expect.any(String));
  });
});
