import { describe, expect, it, vi } from 'vitest';
import { ApiError, type DeviceResult, type ListedDeviceTask } from '../../../client/src/index.ts';
import { gateway, problem, reply, scriptClient } from './stubFetch.ts';

const ref = { productId: 'P', taskId: 'T' };
const task = (status: string) => ({ ...ref, status });
const lost = new TypeError('fetch failed');

const errorOf = async (call: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error('no ApiError', { cause: error });
};

describe('a request', () => {
  it('goes below the base path, with the token and every part of the path encoded', async () => {
    const { client, sent } = scriptClient([reply(200, task('completed'))]);
    await client.getTask({ productId: 'a/b', taskId: '?' });
    expect(sent).toMatchObject([{ method: 'GET', url: 'https://api.test/base/v1/products/a%2Fb/device-tasks/%3F', body: undefined }]);
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer secret-token');
  });

  it('asks for the token each time', async () => {
    const token = vi.fn<() => Promise<string>>().mockResolvedValueOnce('first').mockResolvedValueOnce('second');
    const { client, sent } = scriptClient([problem(503, 'upstream-unavailable', true), reply(200, task('completed'))], { token });
    await client.getTask(ref);
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer first', 'Bearer second']);
  });

  it('has no token for the health of the service', async () => {
    const token = vi.fn<() => string>();
    const { client, sent } = scriptClient([reply(200, { status: 'ok', stage: 'dev', version: '1' })], { token });
    expect(await client.getHealth()).toEqual({ status: 'ok', stage: 'dev', version: '1' });
    expect([sent[0]?.url, sent[0]?.headers.get('authorization'), token.mock.calls]).toEqual(['https://api.test/base/v1/health', null, []]);
  });

  it('names only the parameters it is given', async () => {
    const { client, sent } = scriptClient([reply(200, {}), reply(200, {})]);
    await client.listDevices(ref, { page: 2, status: 'failed', include: 'credentials' });
    await client.listDevices(ref);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?page=2&status=failed&include=credentials', '']);
  });
});

describe('errors', () => {
  it.each([
    ['a problem', problem(404, 'task-not-found', false), { code: 'task-not-found', status: 404, retryable: false, requestId: 'r' }],
    ["the gateway's 401", gateway(401), { code: 'unauthorized', status: 401, retryable: false, requestId: 'g' }],
    ["the gateway's 403", gateway(403), { code: 'forbidden', status: 403, retryable: false }],
    ["the gateway's 413", gateway(413), { code: 'payload-too-large', status: 413, retryable: false }],
    ["the gateway's 429", gateway(429), { code: 'too-many-requests', status: 429, retryable: true }],
    ["the gateway's 503", gateway(503), { code: 'gateway-failed', status: 503, retryable: true }],
    ['an odd 504', new Response('<html>', { status: 504 }), { code: 'gateway-failed', status: 504, retryable: true }],
    ['an odd 404', new Response('<html>', { status: 404 }), { code: 'unreadable-answer', status: 404, retryable: false }],
    ['an answer that is no JSON', new Response('<html>'), { code: 'unreadable-answer', status: 200, retryable: true }],
    ['no answer', lost, { code: 'connection-lost', status: 0, retryable: true }],
  ])('tell %s by its code', async (_name, step, expected) => {
    const error = await errorOf(scriptClient([step], { maxAttempts: 1 }).client.getTask(ref));
    expect(error).toMatchObject({ ...expected, outcomeUnknown: false });
    expect(error.name).toBe('ApiError');
  });

  it('hold the whole problem, and never the token', async () => {
    const error = await errorOf(scriptClient([problem(400, 'invalid-request', false)]).client.getTask(ref));
    expect([error.message, error.problem?.detail, error.problem?.type]).toEqual(['Title. Detail.', 'Detail.', 'urn:iotcloud-rest:problem:invalid-request']);
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('secret-token');
  });
});

describe('repeats of a read', () => {
  it.each([
    ['a retryable problem', problem(503, 'upstream-unavailable', true, { 'retry-after': '5' }), [5000]],
    ["the gateway's 429", gateway(429), [expect.any(Number)]],
    ["the gateway's 500", gateway(500), [expect.any(Number)]],
    ['a lost connection', lost, [expect.any(Number)]],
  ])('follow %s, after the time it names', async (_name, step, waits) => {
    const { client, sent, waitsMs } = scriptClient([step, reply(200, task('completed'))]);
    expect(await client.getTask(ref)).toEqual(task('completed'));
    expect([sent.length, waitsMs]).toEqual([2, waits]);
  });

  it.each([
    ['what cannot succeed', problem(502, 'upstream-error', false)],
    ['a task that is not completed', problem(409, 'task-not-completed', true, { 'retry-after': '2' })],
    ['a refused token', gateway(401)],
  ])('do not follow %s', async (_name, step) => {
    const { client, sent, waitsMs } = scriptClient([step]);
    await errorOf(client.listDevices(ref));
    expect([sent.length, waitsMs]).toEqual([1, []]);
  });

  it('end after four tries, with growing waits', async () => {
    const { client, sent, waitsMs } = scriptClient(Array.from({ length: 9 }, () => gateway(503)));
    expect(await errorOf(client.getTask(ref))).toMatchObject({ code: 'gateway-failed' });
    expect(sent).toHaveLength(4);
    for (const [index, ms] of waitsMs.entries()) {
      expect(ms).toBeGreaterThanOrEqual(250 * 2 ** index);
      expect(ms).toBeLessThanOrEqual(500 * 2 ** index);
    }
  });
});

describe('a creation', () => {
  it('carries a key of its own, a new one each time, and the names', async () => {
    const { client, sent } = scriptClient([reply(202, task('pending')), reply(202, task('pending'))]);
    await client.createTask('P', ['a', 'b']);
    await client.createTask('P', ['a', 'b']);
    const keys = sent.map(({ headers }) => headers.get('idempotency-key') ?? '');
    expect([new Set(keys).size, keys.every((key) => /^[!-~]{8,255}$/.test(key))]).toEqual([2, true]);
    expect(sent[0]).toMatchObject({ method: 'POST', body: '{"deviceNames":["a","b"]}' });
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
  });

  it('has a key where the platform has no crypto', async () => {
    vi.stubGlobal('crypto', undefined);
    const { client, sent } = scriptClient([reply(202, task('pending')), reply(202, task('pending'))]);
    await client.createTask('P', ['a']);
    await client.createTask('P', ['a']);
    vi.unstubAllGlobals();
    expect(new Set(sent.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(2);
    for (const { headers } of sent) expect(headers.get('idempotency-key')).toMatch(/^[!-~]{16,255}$/);
  });

  it.each([
    ['a lost connection', lost],
    ["the gateway's 503", gateway(503)],
    ['an answer that cannot be read', new Response('<html>', { status: 202 })],
    ['a key still in progress', problem(409, 'idempotency-key-in-progress', true, { 'retry-after': '2' })],
    ['a problem that says it is safe', problem(503, 'idempotency-unavailable', true)],
  ])('is repeated after %s, with the same key', async (_name, step) => {
    const { client, sent } = scriptClient([step, reply(202, task('pending'))]);
    await client.createTask('P', ['a'], { idempotencyKey: 'mine' });
    expect(sent.map(({ headers, body }) => [headers.get('idempotency-key'), body])).toEqual(Array.from({ length: 2 }, () => ['mine', '{"deviceNames":["a"]}']));
  });

  it.each([
    ['its outcome unknown by the word of the service', problem(504, 'task-creation-unknown', false), true],
    ['a fault of the service', problem(500, 'internal-error', false), true],
    ['a refusal', problem(409, 'device-limit-exceeded', false), false],
    ['a refused token', gateway(401), false],
  ])('is not repeated after %s', async (_name, step, outcomeUnknown) => {
    const { client, sent } = scriptClient([step]);
    const error = await errorOf(client.createTask('P', ['a'], { idempotencyKey: 'mine' }));
    expect([sent.length, error.outcomeUnknown, error.idempotencyKey]).toEqual([1, outcomeUnknown, 'mine']);
  });

  it('stays unknown where one try left it open and a later one was refused', async () => {
    const { client } = scriptClient([lost, gateway(401)]);
    expect(await errorOf(client.createTask('P', ['a']))).toMatchObject({ code: 'unauthorized', outcomeUnknown: true });
  });
});

describe('waitForTask', () => {
  it('asks again as the answers say, tells each state, and returns the completed task', async () => {
    const states: string[] = [];
    const { client, waitsMs } = scriptClient([
      reply(200, task('pending'), { 'retry-after': '7' }),
      reply(200, task('running')),
      reply(200, task('completed')),
    ]);
    expect(await client.waitForTask(ref, { onProgress: ({ status }) => states.push(status) })).toEqual(task('completed'));
    expect([states, waitsMs]).toEqual([['pending', 'running', 'completed'], [7000, 2000]]);
  });

  it('ends with the reason of its signal, even in the middle of a wait', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { client, sent } = scriptClient([reply(200, task('pending'), { 'retry-after': '3600' })], { sleep: undefined as never });
    const waiting = client.waitForTask(ref, { signal: controller.signal, onProgress: () => queueMicrotask(() => controller.abort(reason)) });
    await expect(waiting).rejects.toBe(reason);
    expect(sent).toHaveLength(1);
  });

  it('sends nothing where its signal is aborted already', async () => {
    const { client } = scriptClient([]);
    await expect(client.waitForTask(ref, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });
});

describe('eachDevice', () => {
  const device = (index: number): DeviceResult => ({ deviceName: `d${index}`, status: 'created' });
  const page = (number: number, devices: DeviceResult[], totalPages: number) => reply(200, { ...ref, page: number, pageSize: 2, totalItems: 3, totalPages, devices });

  it('reads page after page, in order', async () => {
    const { client, sent } = scriptClient([page(1, [device(1), device(2)], 2), page(2, [device(3)], 2)]);
    const names: string[] = [];
    for await (const { deviceName } of client.eachDevice(ref, { pageSize: 2, status: 'created' })) names.push(deviceName);
    expect(names).toEqual(['d1', 'd2', 'd3']);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?pageSize=2&status=created&page=1', '?pageSize=2&status=created&page=2']);
  });

  it('reads no page that nobody asks for', async () => {
    const { client, sent } = scriptClient([page(1, [device(1), device(2)], 9)]);
    for await (const { deviceName } of client.eachDevice(ref)) if (deviceName === 'd2') break;
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?pageSize=100&page=1']);
  });

  it('is empty for a result without devices', async () => {
    const { client, sent } = scriptClient([page(1, [], 0)]);
    expect(await client.eachDevice(ref).next()).toEqual({ done: true, value: undefined });
    expect(sent).toHaveLength(1);
  });
});

describe('tasks', () => {
  const page = (ids: readonly string[], link?: string) => reply(200, { tasks: ids.map((taskId) => ({ productId: 'P', taskId })) }, link === undefined ? {} : { link });
  const idsOf = async (tasks: AsyncIterable<ListedDeviceTask>) => {
    const ids: string[] = [];
    for await (const { taskId } of tasks) ids.push(taskId);
    return ids;
  };

  it('reads page after page, by the cursor of each', async () => {
    const link = (cursor: string) => `</base/v1/products/P/device-tasks?pageSize=2&cursor=${cursor}>; rel="next"`;
    const { client, sent } = scriptClient([page(['c', 'b'], link('x-1_')), page(['a'], `<?page=1>; rel="first", ${link('y')}`), page([])]);
    expect(await idsOf(client.tasks('P', { pageSize: 2 }))).toEqual(['c', 'b', 'a']);
    const path = 'https://api.test/base/v1/products/P/device-tasks?pageSize=2';
    expect(sent.map(({ url }) => url)).toEqual([path, `${path}&cursor=x-1_`, `${path}&cursor=y`]);
  });

  it('ends where no page follows', async () => {
    const { client, sent } = scriptClient([page(['a'], '</x?cursor=c>; rel="prev"')]);
    expect(await idsOf(client.tasks('a/b'))).toEqual(['a']);
    expect(sent.map(({ url }) => url)).toEqual(['https://api.test/base/v1/products/a%2Fb/device-tasks?pageSize=100']);
  });
});

describe('device', () => {
  it('asks for one name, encoded as one segment', async () => {
    const device: DeviceResult = { deviceName: 'x:y', status: 'created' };
    const { client, sent } = scriptClient([reply(200, device), reply(200, device)]);
    expect(await client.device(ref, 'x:y', { include: 'credentials' })).toEqual(device);
    await client.device(ref, 'x%3Ay');
    const path = 'https://api.test/base/v1/products/P/device-tasks/T/devices';
    expect(sent.map(({ url }) => url)).toEqual([`${path}/x%3Ay?include=credentials`, `${path}/x%253Ay`]);
  });
});
