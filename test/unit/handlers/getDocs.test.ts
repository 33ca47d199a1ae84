import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { handler } from '../../../handlers/getDocs.ts';
import { handler as getOpenApi } from '../../../handlers/getOpenApi.ts';
import document from '../../../docs/openapi.json' with { type: 'json' };
import { invoke, makeEvent } from '../../support/apiGatewayEvent.ts';

const get = (headers: Record<string, string> = {}) => {
  vi.spyOn(console, 'log').mockReturnValue();
  return handler(makeEvent({ path: '/docs', headers }), { awsRequestId: 'r' });
};

const unpack = { br: brotliDecompressSync, gzip: gunzipSync };

describe('GET /docs', () => {
  it('answers a client that decodes nothing with the page itself, under a policy of its own', async () => {
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

  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, *', 'gzip'],
  ] as const)('answers %s with the same page in %s', async (accepted, encoding) => {
    const [packed, plain] = [await get({ 'accept-encoding': accepted }), await get()];
    expect(packed).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': encoding, vary: 'accept-encoding' } });
    expect(packed.body.length).toBeLessThan(plain.body.length / 2);
    expect(unpack[encoding](Buffer.from(packed.body, 'base64')).toString('utf8')).toBe(plain.body);
  });

  it('has a tag of its own for each encoding, takes each of them, and answers with the one its page would have', async () => {
    const fields = ['br', 'gzip', 'identity'];
    const tags = await Promise.all(fields.map(async (field) => (await get({ 'accept-encoding': field })).headers['etag'] ?? ''));
    expect(new Set(tags).size).toBe(3);
    for (const [index, field] of fields.entries())
      for (const held of tags) {
        const { statusCode, body, headers } = await get({ 'accept-encoding': field, 'if-none-match': held });
        expect([statusCode, body, headers['etag'], headers['vary'], headers['content-encoding']]).toEqual([304, '', tags[index], 'accept-encoding', undefined]);
      }
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

  it('is compressed for who takes gzip, under a tag of its own', async () => {
    vi.spyOn(console, 'log').mockReturnValue();
    const send = (field: string) => invoke(getOpenApi, makeEvent({ path: '/openapi.json', headers: { 'accept-encoding': field } }));
    const [packed, plain] = [await send('gzip'), await send('identity')];
    expect(packed).toMatchObject({ status: 200, json: document, headers: { 'content-encoding': 'gzip', vary: 'accept-encoding' } });
    expect(plain.headers['vary']).toBe('accept-encoding');
    expect(packed.sentBytes).toBeLessThan(plain.sentBytes / 4);
    expect(packed.headers['etag']).not.toBe(plain.headers['etag']);
  });
});
