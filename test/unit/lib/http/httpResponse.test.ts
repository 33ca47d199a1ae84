import { describe, expect, it } from 'vitest';
import { entityTag, toHttpResponse, type Answer } from '../../../../lib/http/httpResponse.ts';

const answer = (more: Partial<Answer> = {}): Answer => ({ status: 200, body: { a: 1 }, caching: 'validate', ...more });
const etag = entityTag('{"a":1}');

describe('toHttpResponse', () => {
  it('makes JSON with a strong tag that may be revalidated by its one reader', () => {
    expect(toHttpResponse(answer(), undefined)).toEqual({
      statusCode: 200,
      headers: { 'cache-control': 'private, no-cache', 'content-type': 'application/json', etag },
      body: '{"a":1}',
    });
  });

  it('answers 304, without body or media type but with every other header, to who holds the bytes', () => {
    const response = toHttpResponse(answer({ headers: { link: '<x>' } }), etag);
    expect(response).toEqual({
      statusCode: 304,
      headers: { 'cache-control': 'private, no-cache', link: '<x>', etag },
      body: '',
    });
  });

  it('sends the body to who holds another one', () => {
    expect(toHttpResponse(answer(), '"other"')).toMatchObject({ statusCode: 200, body: '{"a":1}' });
  });

  it.each([undefined, '*', etag])('neither tags nor revalidates what is kept nowhere (If-None-Match: %s)', (field) => {
    const response = toHttpResponse(answer({ caching: 'no-store' }), field);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toEqual({ 'cache-control': 'no-store', 'content-type': 'application/json' });
  });

  it('lets anyone keep what is public, sent as the text it is', () => {
    const response = toHttpResponse(answer({ caching: 'public', body: '<p>', contentType: 'text/html' }), undefined);
    expect(response.body).toBe('<p>');
    expect(response.headers).toMatchObject({ 'cache-control': 'public, no-cache', 'content-type': 'text/html' });
  });

  it('sends bytes in base64, as API Gateway takes them, and tags them', () => {
    const response = toHttpResponse(answer({ caching: 'public', body: Uint8Array.of(0, 255), contentType: 'text/html' }), undefined);
    expect(response).toMatchObject({ statusCode: 200, body: 'AP8=', isBase64Encoded: true });
    expect(toHttpResponse(answer({ caching: 'public', body: Uint8Array.of(0, 255) }), response.headers['etag'])).toMatchObject({ statusCode: 304, body: '' });
  });

  it('has neither body nor media type nor tag if there is no body', () => {
    expect(toHttpResponse({ status: 302, caching: 'no-store', headers: { location: '/docs' } }, '*')).toEqual({
      statusCode: 302,
      headers: { 'cache-control': 'no-store', location: '/docs' },
      body: '',
    });
  });

  it('does not let an answer speak against its own caching', () => {
    const headers = { 'cache-control': 'public' };
    expect(toHttpResponse(answer({ headers }), undefined).headers['cache-control']).toBe('private, no-cache');
  });
});

describe('entityTag', () => {
  it('is a quoted tag that follows the bytes', () => {
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    expect(entityTag('{"a":1}')).toBe(etag);
    expect(entityTag('{"a":2}')).not.toBe(etag);
  });
});
