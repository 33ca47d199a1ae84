import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type Stack } from '../../support/stack.ts';

const task = '/v1/products/BATCH12345/device-tasks/batch100devices1';
const results = `${task}/devices`;
const manyFaults = Array.from({ length: 30 }, (_, number) => `unknown${number}=1`).join('&');

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const open = () => {
  const { send } = stack.open();
  return (path: string, acceptEncoding: string, query = '', headers: Record<string, string> = {}) =>
    send(path, { query, headers: { ...headers, 'accept-encoding': acceptEncoding } });
};

describe('a page of certificates', () => {
  it('takes 60 % of its bytes at the most in gzip, and is the same page, cold and stored', async () => {
    const get = open();
    const [cold, stored, plain] = [await get(results, 'gzip'), await get(results, 'gzip'), await get(results, 'identity')];
    expect(plain.sentBytes).toBeGreaterThan(10_000);
    for (const packed of [cold, stored]) {
      expect(packed).toMatchObject({ status: 200, text: plain.text, headers: { 'content-encoding': 'gzip', vary: 'accept-encoding', etag: stored.headers['etag'] } });
      expect(packed.sentBytes).toBeLessThan(0.6 * plain.sentBytes);
    }
    expect(plain.headers).toMatchObject({ vary: 'accept-encoding', 'content-type': 'application/json' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
  });

  it('is a 304 to the tag of either encoding, with the tag and the Vary its 200 would have', async () => {
    const get = open();
    const tagIn = async (encoding: string) => (await get(results, encoding)).headers['etag'] ?? '';
    const tags = { gzip: await tagIn('gzip'), identity: await tagIn('identity') };
    expect(tags.gzip).not.toBe(tags.identity);
    for (const [wanted, etag] of Object.entries(tags))
      for (const held of Object.values(tags)) {
        const { status, text, headers } = await get(results, wanted, '', { 'if-none-match': held });
        expect([status, text, headers['etag'], headers['vary'], headers['content-encoding']]).toEqual([304, '', etag, 'accept-encoding', undefined]);
      }
  });
});

describe('an answer to include=credentials', () => {
  it('is never compressed, nor does it vary: neither a page, nor the refusal of one', async () => {
    const get = open();
    for (const [query, status] of [['include=credentials', 200], ['include=%63redentials', 200], [`include=credentials&${manyFaults}`, 400]] as const) {
      const reply = await get(results, 'gzip', query);
      expect(reply).toMatchObject({ status, sentBytes: reply.text.length });
      expect(reply.sentBytes).toBeGreaterThan(1024);
      for (const name of ['content-encoding', 'vary', 'etag']) expect(reply.headers).not.toHaveProperty(name);
    }
  });
});

it('compresses a problem of 1 KiB and more', async () => {
  const get = open();
  const [packed, plain] = [await get(results, 'gzip', manyFaults), await get(results, 'identity', manyFaults)];
  expect(packed).toMatchObject({
    status: 400,
    json: { code: 'invalid-request', errors: plain.json?.['errors'] },
    headers: { 'content-type': 'application/problem+json', 'content-encoding': 'gzip', vary: 'accept-encoding' },
  });
  expect(packed.sentBytes).toBeLessThan(plain.sentBytes / 2);
});

it.each([
  ['a task', task, '', 200],
  ['health', '/v1/health', '', 200],
  ['an empty page', results, 'page=99', 200],
  ['a problem', results, 'page=0', 400],
])('leaves %s as it is, whatever is accepted', async (_name, path, query, status) => {
  const get = open();
  const [reply, other] = [await get(path, 'gzip', query), await get(path, 'identity', query)];
  expect(reply).toMatchObject({ status, sentBytes: reply.text.length });
  expect(reply.headers['etag']).toBe(other.headers['etag']);
  for (const name of ['content-encoding', 'vary']) expect(reply.headers).not.toHaveProperty(name);
});
