import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventOptions, Reply } from '../../support/apiGatewayEvent.ts';
import { freePort } from '../../support/freePort.ts';
import { startStack, type Api, type Stack } from '../../support/stack.ts';

const TASKS = '/v1/products/PSK1234567/device-tasks';
const startMs = Date.UTC(2026, 10, 24, 10);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
afterEach(() => void vi.useRealTimers());

let named = 0;
/** Creates a task of so many devices. @returns its id */
async function create({ send }: Api, count = 1, path = TASKS): Promise<string> {
  const deviceNames = Array.from({ length: count }, () => `listed-${(named += 1)}`);
  const created = await send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ deviceNames }) });
  expect(created.status).toBe(202);
  return String(created.json?.['taskId']);
}

const idsOf = ({ json = {} }: Reply) => (json['tasks'] as { taskId: string }[]).map(({ taskId }) => taskId); // the list's schema
const nextOf = ({ headers }: Reply) => /^<([^>]+)\?([^>]+)>; rel="next"$/.exec(headers['link'] ?? '')?.slice(1) ?? [];

describe('the list of tasks', () => {
  it('shows what was created, newest first, and asks no vendor', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: startMs });
    const api = stack.open();
    const first = await create(api, 2);
    vi.setSystemTime(startMs + 61_500);
    const second = await create(api);
    stack.emulator.clearCalls();
    const reply = await api.send(TASKS);
    const [task, other] = [
      { productId: 'PSK1234567', taskId: second, totalDevices: 1, createdAt: '2026-11-24T10:01:01Z', expiresAt: '2026-12-24T10:01:01Z' },
      { productId: 'PSK1234567', taskId: first, totalDevices: 2, createdAt: '2026-11-24T10:00:00Z', expiresAt: '2026-12-24T10:00:00Z' },
    ];
    expect([reply.status, reply.text]).toEqual([200, JSON.stringify({ tasks: [task, other] })]);
    expect(reply.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
    expect(Object.keys(reply.headers).filter((name) => ['link', 'etag', 'cache-status'].includes(name))).toEqual([]);
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('has status and counts of a task as soon as its results are stored', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: startMs });
    const api = stack.open();
    const taskId = await create(api, 3);
    vi.setSystemTime(startMs + 10_000);
    expect((await api.send(TASKS)).json?.['tasks']).toEqual([expect.not.objectContaining({ status: expect.anything() })]);
    const followed = await api.send(`${TASKS}/${taskId}`);
    expect(followed.json).toMatchObject({ status: 'completed', createdDevices: 3, createdAt: '2026-11-24T10:00:00Z' });
    const listed = (await api.send(TASKS)).json?.['tasks'] as object[];
    expect(listed).toEqual([followed.json]);
  });

  it('knows neither tasks of another product or account, nor those that were not created here', async () => {
    const [api, stranger] = [stack.open(), stack.open()];
    const taskId = await create(api);
    await create(api, 1, '/v1/products/BATCH12345/device-tasks');
    await create(stranger);
    await api.send(`${TASKS}/pskdedf123456789/devices`);
    expect(idsOf(await api.send(TASKS))).toEqual([taskId]);
  });

  it('is empty for a product that nobody knows', async () => {
    expect(await stack.open().send('/v1/products/NOSUCH/device-tasks')).toMatchObject({ status: 200, text: '{"tasks":[]}' });
  });

  it('forgets a task when it ends', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: startMs });
    const api = stack.open();
    const taskId = await create(api);
    vi.setSystemTime(startMs + 30 * 86_400_000 - 1);
    expect(idsOf(await api.send(TASKS))).toEqual([taskId]);
    vi.setSystemTime(startMs + 30 * 86_400_000);
    expect(idsOf(await api.send(TASKS))).toEqual([]);
    expect(await api.countItems()).toBe(2);
  });
});

describe('a walk by next', () => {
  it('gives each task once, below the base path of the request, and ends without a link', async () => {
    const api = stack.open();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push(await create(api));
    const basePath = { basePath: '/prod', stage: 'prod' };
    const walked: string[] = [];
    let query: string | undefined = 'pageSize=2';
    const links: (string | undefined)[] = [];
    while (query !== undefined) {
      const reply: Reply = await api.send(`/prod${TASKS}`, { ...basePath, query });
      walked.push(...idsOf(reply));
      const [path, next] = nextOf(reply);
      links.push(path);
      query = next;
    }
    expect(walked).toEqual(ids.toReversed());
    expect(links).toEqual([`/prod${TASKS}`, `/prod${TASKS}`, undefined]);
  });

  it('takes no cursor but one of this list', async () => {
    const [api, stranger] = [stack.open(), stack.open()];
    for (const path of [TASKS, '/v1/products/BATCH12345/device-tasks']) for (let count = 0; count < 2; count += 1) await create(api, 1, path);
    const cursorOf = async (path: string) => nextOf(await api.send(path, { query: 'pageSize=1' }))[1]?.replace('pageSize=1&cursor=', '') ?? '';
    const cursor = await cursorOf(TASKS);
    expect(idsOf(await api.send(TASKS, { query: `cursor=${cursor}` }))).toHaveLength(1);
    const altered = cursor.replace(/^(.{30})(.)/, (_, before: string, one: string) => before + (one === 'a' ? 'b' : 'a'));
    const other = await cursorOf('/v1/products/BATCH12345/device-tasks');
    const refused: [Api, string][] = [...[other, altered, cursor.slice(0, -1), `${cursor}A`, '', 'a b', '%C3%BC', 'A'.repeat(300)].map((text): [Api, string] => [api, text]), [stranger, cursor]];
    for (const [{ send }, text] of refused) {
      const reply = await send(TASKS, { query: `cursor=${text}` });
      expect([text, reply.status, reply.json?.['errors']]).toEqual([text, 400, [{ in: 'query', name: 'cursor', detail: 'is not of this list' }]]);
    }
  });

  it.each(['pageSize=0', 'pageSize=101', 'pageSize=1.0', 'page=1', 'status=created', 'cursor=a&cursor=a'])('takes no %s', async (query) => {
    expect(await stack.open().send(TASKS, { query })).toMatchObject({ status: 400, json: { code: 'invalid-request' } });
  });
});

describe('a table that is out of reach', () => {
  const creation: EventOptions = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"deviceNames":["unlisted-1"]}' };

  it('is told, and what was created meanwhile is missing from the list', async () => {
    const api = stack.open();
    const cut = stack.open({ IOTCLOUD_ACCOUNT: api.account, DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    const created = await cut.send(TASKS, creation);
    expect(created.status).toBe(202);
    const reply = await cut.send(TASKS);
    expect(reply).toMatchObject({ status: 503, json: { code: 'store-unavailable', retryable: true }, headers: { 'retry-after': '5', 'cache-control': 'no-store' } });
    expect(cut.logLines.map((line) => JSON.parse(line) as object)).toContainEqual(expect.objectContaining({ event: 'list-read-failed', CacheFault: 1 }));
    expect(idsOf(await api.send(TASKS))).toEqual([]);
    expect((await api.send(String(created.headers['location']))).status).toBe(200);
  });

  it('does not hide that a cursor is of another list', async () => {
    const cut = stack.open({ DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    expect((await cut.send(TASKS, { query: 'cursor=AAAA' })).status).toBe(400);
  });
});
