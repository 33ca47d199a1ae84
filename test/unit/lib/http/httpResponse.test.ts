import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { toHttpResponse, type Answer } from '../../../../lib/http/httpResponse.ts';
import { representText, type Representation } from '../../../../lib/http/representations.ts';

const answer = (more: Partial<Answer> = {}): Answer => ({ status: 200, body: { a: 1 }, caching: 'validate', ...more });
const [etag = ''] = representText('{"a":1}', 'application/json').map((representation) => representation.etag());

describe('toHttpResponse', () => {
  it('makes JSON with a strong tag that may be revalidated by its one reader', () => {
    expect(toHttpResponse(answer())).toEqual({
      statusCode: 200,
      headers: { 'cache-control': 'private, no-cache', 'content-type': 'application/json', etag },
      body: '{"a":1}',
    });
  });

  it('answers 304, without body or media type but with every other header, to who holds the bytes', () => {
    const response = toHttpResponse(answer({ headers: { link: '<x>' } }), { ifNoneMatch: etag });
    expect(response).toEqual({
      statusCode: 304,
      headers: { 'cache-control': 'private, no-cache', link: '<x>', etag },
      body: '',
    });
  });

  it('sends the body to who holds another one', () => {
    expect(toHttpResponse(answer(), { ifNoneMatch: '"other"' })).toMatchObject({ statusCode: 200, body: '{"a":1}' });
  });

  it.each([undefined, '*', etag])('neither tags nor revalidates what is kept nowhere (If-None-Match: %s)', (ifNoneMatch) => {
    const response = toHttpResponse(answer({ caching: 'no-store' }), { ifNoneMatch });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toEqual({ 'cache-control': 'no-store', 'content-type': 'application/json' });
  });

  it('lets anyone keep what is public, sent as the text it is', () => {
    const response = toHttpResponse(answer({ caching: 'public', body: '<p>', contentType: 'text/html' }));
    expect(response.body).toBe('<p>');
    expect(response.headers).toMatchObject({ 'cache-control': 'public, no-cache', 'content-type': 'text/html' });
  });

  describe('of what is prepared in several encodings', () => {
    const form = (encoding: Representation['encoding'], content: string | Uint8Array) => {
      const make = vi.fn<Representation['content']>(() => content);
      return { encoding, etag: () => `"${encoding}"`, content: make };
    };
    const setUp = () => {
      const prepared = [form('br', Uint8Array.of(1)), form('gzip', Uint8Array.of(0, 255)), form('identity', '<p>')];
      return { prepared, page: { status: 200, caching: 'public', contentType: 'text/html', prepared } as const };
    };

    it('makes the one asked for, in base64 as API Gateway takes bytes, and tells its encoding and its own tag', () => {
      const { page, prepared } = setUp();
      expect(toHttpResponse(page, { ifNoneMatch: '"other"', acceptEncoding: 'gzip' })).toEqual({
        statusCode: 200,
        headers: { 'cache-control': 'public, no-cache', 'content-type': 'text/html', 'content-encoding': 'gzip', vary: 'accept-encoding', etag: '"gzip"' },
        body: 'AP8=',
        isBase64Encoded: true,
      });
      expect(prepared.map(({ content }) => content.mock.calls.length)).toEqual([0, 1, 0]);
    });

    it.each(['"gzip"', 'W/"br"', '"x", "identity"', '*'])('is a 304 with its own tag, no encoding and no body made, to %s', (ifNoneMatch) => {
      const { page, prepared } = setUp();
      const headers = { 'cache-control': 'public, no-cache', vary: 'accept-encoding', etag: '"gzip"' };
      expect(toHttpResponse(page, { ifNoneMatch, acceptEncoding: 'gzip' })).toEqual({ statusCode: 304, headers, body: '' });
      expect(prepared.map(({ content }) => content.mock.calls.length)).toEqual([0, 0, 0]);
    });
  });

  describe('of 1 KiB of JSON and more', () => {
    const long = { a: 'x'.repeat(1016) };
    const text = JSON.stringify(long);

    it('is compressed for who takes gzip, as it is for others, and varies by that', () => {
      expect(text).toHaveLength(1024);
      const [packed, plain] = [toHttpResponse(answer({ body: long }), { acceptEncoding: 'gzip' }), toHttpResponse(answer({ body: long }))];
      expect(packed).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'gzip', 'content-type': 'application/json', vary: 'accept-encoding' } });
      expect(gunzipSync(Buffer.from(packed.body, 'base64')).toString()).toBe(text);
      expect(plain).toEqual({ statusCode: 200, body: text, headers: { ...plain.headers, vary: 'accept-encoding' } });
      expect(plain.headers).not.toHaveProperty('content-encoding');
      expect(packed.headers['etag']).not.toBe(plain.headers['etag']);
    });

    it('takes the tag of either encoding, and answers a 304 with the one its 200 would have', () => {
      const tagFor = (acceptEncoding: string) => toHttpResponse(answer({ body: long }), { acceptEncoding }).headers['etag'] ?? '';
      for (const acceptEncoding of ['gzip', 'identity'])
        for (const ifNoneMatch of [tagFor('gzip'), tagFor('identity'), `W/${tagFor('gzip')}`, `"x", ${tagFor('gzip')}`, '*'])
          expect(toHttpResponse(answer({ body: long }), { acceptEncoding, ifNoneMatch })).toEqual({
            statusCode: 304,
            headers: { 'cache-control': 'private, no-cache', vary: 'accept-encoding', etag: tagFor(acceptEncoding) },
            body: '',
          });
    });

    it('is never compressed where secrets are asked for, nor says that it could be', () => {
      const response = toHttpResponse(answer({ body: long, caching: 'no-store' }), { acceptEncoding: 'gzip', asksForSecrets: true });
      expect(response).toEqual({ statusCode: 200, body: text, headers: { 'cache-control': 'no-store', 'content-type': 'application/json' } });
    });

    it('varies by what its handler looked at, too', () => {
      expect(toHttpResponse(answer({ body: long, headers: { vary: 'accept' } })).headers['vary']).toBe('accept, accept-encoding');
      expect(toHttpResponse(answer({ headers: { vary: 'accept' } }), { acceptEncoding: 'gzip' }).headers['vary']).toBe('accept');
    });
  });

  it('has neither body nor media type nor tag if there is no body', () => {
    expect(toHttpResponse({ status: 302, caching: 'no-store', headers: { location: '/docs' } }, { ifNoneMatch: '*' })).toEqual({
      statusCode: 302,
      headers: { 'cache-control': 'no-store', location: '/docs' },
      body: '',
    });
  });

  it('does not let an answer speak against its own caching', () => {
    const headers = { 'cache-control': 'public' };
    expect(toHttpResponse(answer({ headers })).headers['cache-control']).toBe('private, no-cache');
  });
});

describe('toHttpResponse, whatever a client accepts', () => {
  const codings = fc.uniqueArray(fc.constantFrom('gzip', 'identity', '*', 'br'), { maxLength: 4 });
  const weights = codings.chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(0, 0.001, 0.5, 1)]))));
  const bodies = fc.oneof(fc.nat({ max: 3000 }).map((length) => 'x'.repeat(length)), fc.string({ unit: 'binary', maxLength: 1500, size: 'max' }));

  // RFC 9110, 12.5.3: what is neither named nor meant by `*` has no weight; identity is sent if nothing has more.
  const weigh = (accepted: Readonly<Record<string, number>>, coding: string) => accepted[coding] ?? accepted['*'] ?? 0;

  it('sends the same text in what is acceptable, and says the same of it in a 304', () => {
    fc.assert(
      fc.property(weights, bodies, (accepted, text) => {
        const acceptEncoding = Object.entries(accepted).map(([coding, weight]) => `${coding};q=${weight}`).join(', ');
        const made = answer({ body: { text } });
        const got = toHttpResponse(made, { acceptEncoding });
        const { 'content-encoding': encoding = 'identity', etag: tag, vary } = got.headers;
        const sent = Buffer.from(got.body, got.isBase64Encoded === true ? 'base64' : 'utf8');
        const plain = Buffer.from(JSON.stringify({ text }));
        expect(encoding === 'gzip' ? gunzipSync(sent) : sent).toEqual(plain);
        const isAskedFor = weigh(accepted, 'gzip') > 0 && weigh(accepted, 'gzip') >= weigh(accepted, 'identity');
        expect(encoding === 'gzip').toBe(plain.length >= 1024 && isAskedFor && gzipSync(plain).length < plain.length);
        expect(vary).toBe(plain.length < 1024 ? undefined : 'accept-encoding');
        const { 'content-type': _type, 'content-encoding': _encoding, ...validators } = got.headers;
        expect(toHttpResponse(made, { acceptEncoding, ifNoneMatch: tag })).toEqual({ statusCode: 304, headers: validators, body: '' });
      }),
    );
  });
});
