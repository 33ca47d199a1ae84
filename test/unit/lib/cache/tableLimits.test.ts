import { PassThrough } from 'node:stream';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { limitAttemptTime, limitRequests, retryOnce } from '../../../../lib/cache/tableLimits.ts';

type Handle = (attempt: number) => Promise<{ statusCode: number; headers?: Record<string, string>; body: PassThrough }>;

const OK = '{"TableNames":[]}';
const endpoint = 'http://127.0.0.1:9';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

function reply(statusCode: number, text: string, headers: Record<string, string> = {}) {
  const body = new PassThrough();
  body.end(text);
  return Promise.resolve({ statusCode, headers, body });
}

const fault = (name: string) => Promise.reject(Object.assign(new Error('as the handler says'), { name }));
const refusal = (type: string) => reply(400, JSON.stringify({ __type: type }));

/** The SDK over a handler instead of a network. */
function connect(handle: Handle) {
  let attempts = 0;
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint,
    credentials,
    retryStrategy: retryOnce,
    requestHandler: {
      handle: async () => {
        attempts += 1;
        const response = await handle(attempts);
        return { response: { headers: {}, ...response } };
      },
    },
  });
  return { client, list: () => client.send(new ListTablesCommand({})), countAttempts: () => attempts };
}

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

describe('retryOnce', () => {
  it.each([
    ['a time-out', () => fault('TimeoutError')],
    ['HTTP 500', () => reply(500, '{"__type":"InternalServerError"}')],
    ['a throttled request', () => refusal('ProvisionedThroughputExceededException')],
  ])('repeats %s, once', async (_name, fails) => {
    const mended = connect((attempt) => (attempt === 1 ? fails() : reply(200, OK)));
    await expect(mended.list()).resolves.toMatchObject({ TableNames: [] });
    expect(mended.countAttempts()).toBe(2);
    const broken = connect(fails);
    await expect(broken.list()).rejects.toBeInstanceOf(Error);
    expect(broken.countAttempts()).toBe(2);
  });

  it.each([
    ['a refused condition', () => refusal('ConditionalCheckFailedException')],
    ['a missing table', () => refusal('ResourceNotFoundException')],
    ['an answer that is no JSON', () => reply(200, '<html>')],
  ])('does not repeat %s', async (_name, fails) => {
    const { list, countAttempts } = connect(fails);
    await expect(list()).rejects.toBeInstanceOf(Error);
    expect(countAttempts()).toBe(1);
  });

  it('pauses for 50 ms at the most, whatever the answer asks for', async () => {
    vi.mocked(Math.random).mockReturnValue(0.999);
    const sleep = vi.spyOn(globalThis, 'setTimeout');
    const { list } = connect((attempt) => (attempt === 1 ? reply(503, '{}', { 'retry-after': '3' }) : reply(200, OK)));
    await list();
    const pauses = sleep.mock.calls.map(([, ms]) => ms ?? 0).filter((ms) => ms > 0);
    expect(pauses.length).toBeGreaterThan(0);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(50);
  });
});

describe('limitAttemptTime', () => {
  it('ends an attempt whose body does not end, each attempt for itself', async () => {
    const bodies: PassThrough[] = [];
    const { client, list, countAttempts } = connect(() => {
      const body = new PassThrough();
      body.write('{"TableNames":');
      bodies.push(body);
      return Promise.resolve({ statusCode: 200, body });
    });
    limitAttemptTime(client, 60);
    await expect(list()).rejects.toMatchObject({ name: 'TimeoutError', message: expect.stringContaining('the answer was not whole in 60 ms') });
    expect([countAttempts(), bodies.map(({ destroyed }) => destroyed)]).toEqual([2, [true, true]]);
  });

  it('leaves a whole answer alone', async () => {
    const { client, list, countAttempts } = connect(() => reply(200, OK));
    limitAttemptTime(client, 60);
    await expect(list()).resolves.toMatchObject({ TableNames: [] });
    expect(countAttempts()).toBe(1);
  });
});

describe('limitRequests', () => {
  it('counts a request once, its retry included', async () => {
    let [open, most] = [0, 0];
    const { client, list, countAttempts } = connect(async (attempt) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return attempt % 2 === 1 ? fault('TimeoutError') : reply(200, OK);
    });
    limitRequests(client, 1);
    for (let count = 1; count <= 3; count += 1) await list();
    await Promise.all([list(), list().catch(() => undefined)]);
    expect(most).toBe(1);
    expect(countAttempts()).toBe(10);
  });
});
