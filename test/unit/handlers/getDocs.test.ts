import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { handler } from '../../../handlers/getDocs.ts';
import { handler as getOpenApi } from '../../../handlers/getOpenApi.ts';
import document from '../../../docs/openapi.json' with { type: 'json' };
import { invoke, makeEvent } from '../../support/apiGatewayEvent.ts';

const get = (headers: Record<string, string> = {}) => {
  vi.spyOn(console, 'log').mockReturnValue();
  return handler(makeEvent({ path: '/docs', headers }), { awsRequestId: 'r' });
};

describe('GET /docs', () => {
  it('answers with the page, under a policy of its own', async () => {
    const response = await get();
    expect(response).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'public, no-cache',
        'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'sha256-/),
        'x-content-type-options': 'nosniff',
        vary: 'accept-encoding',
      },
    });
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(response.isBase64Encoded).toBeUndefined();
    expect(response.body).toMatch(/^<!doctype html>/);
  });

  it('answers with the same page packed if the client takes brotli, under a tag of its own', async () => {
    const [packed, plain] = [await get({ 'accept-encoding': 'gzip, br' }), await get({ 'accept-encoding': 'gzip' })];
    expect(packed).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'br', vary: 'accept-encoding' } });
    expect(brotliDecompressSync(Buffer.from(packed.body, 'base64')).toString('utf8')).toBe(plain.body);
    expect(packed.headers['etag']).not.toBe(plain.headers['etag']);
  });

  it('answers 304 to a client that has it', async () => {
    const headers = { 'accept-encoding': 'br' };
    const { headers: first } = await get(headers);
    const again = await get({ ...headers, 'if-none-match': first['etag'] ?? '' });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });
});

describe('GET /openapi.json', () => {
  it('answers with the committed document, for anyone to keep and to ask after', async () => {
    vi.spyOn(console, 'log').mockReturnValue();
    const reply = await invoke(getOpenApi, makeEvent({ path: '/openapi.json' }));
    expect(reply).toMatchObject({ status: 200, json: document, headers: { 'content-type': 'application/json', 'cache-control': 'public, no-cache' } });
    const { etag = '' } = reply.headers;
    const again = await invoke(getOpenApi, makeEvent({ path: '/openapi.json', headers: { 'if-none-match': etag } }));
    expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', etag]);
  });
});
