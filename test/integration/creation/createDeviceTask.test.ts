import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failed } from '../../../lib/upstream/failure.ts';
import { createApi, createCountingStore, createPieces, fullClaims, startStack, type Api, type Stack } from '../../support/stack.ts';

const PATH = '/v1/products/ABCED12345/device-tasks';
const DAY_S = 24 * 60 * 60;

let stack: Stack;
let serial = 0;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const newNames = (count = 2) => Array.from({ length: count }, () => `device-${(serial += 1)}`);
const create = (api: Api, document: unknown, path = PATH) =>
  api.send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) });

describe('POST device-tasks', () => {
  it('answers 202 with the task, where to follow it, and when to look again', async () => {
    const startedMs = Date.now();
    const reply = await create(stack.open(), { deviceNames: newNames(3) });
    expect(reply.status).toBe(202);
    const { taskId, createdAt, expiresAt, ...rest } = reply.json ?? {};
    expect(rest).toEqual({ productId: 'ABCED12345', status: 'pending', totalDevices: 3 });
    expect(reply.headers['location']).toBe(`${PATH}/${String(taskId)}`);
    expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(reply.headers['cache-control']).toBe('no-store');
    const createdAtMs = Date.parse(String(createdAt));
    expect(Date.parse(String(expiresAt)) - createdAtMs).toBe(30 * DAY_S * 1000);
    expect([createdAtMs % 1000, createdAtMs > startedMs - 1000, createdAtMs <= Date.now()]).toEqual([0, true, true]);
  });

  it('keeps a base path in Location', async () => {
    const options = { method: 'POST', basePath: '/iot', body: JSON.stringify({ deviceNames: newNames() }) };
    const reply = await stack.open().send(`/iot${PATH}`, options);
    expect(reply.headers['location']).toBe(`/iot${PATH}/${String(reply.json?.['taskId'])}`);
  });

  it('takes a body the gateway encoded in base64', async () => {
    const body = Buffer.from(JSON.stringify({ deviceNames: newNames() })).toString('base64');
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await stack.open().send(PATH, { method: 'POST', headers, body, isBase64Encoded: true })).status).toBe(202);
  });

  it('sends a long list by form POST, a short one by GET, once each', async () => {
    const api = stack.open();
    const longNames = Array.from({ length: 100 }, (_, index) => `${'x:'.repeat(20)}${(serial += 1)}-${index}`.slice(-48));
    expect((await create(api, { deviceNames: longNames })).status).toBe(202);
    expect((await create(api, { deviceNames: newNames() })).status).toBe(202);
    expect(stack.emulator.calls.map(({ action, httpMethod, code }) => [action, httpMethod, code])).toEqual([
      ['CreateMultiDevice', 'POST', 0],
      ['CreateMultiDevice', 'GET', 0],
    ]);
  });

  it('names every fault by its pointer', async () => {
    const deviceNames = ['ok', 'ok', 'é', 7, '', 'x'.repeat(49)];
    const reply = await create(stack.open(), { deviceNames, 'a/b~c': 1 });
    expect(reply.status).toBe(400);
    const errors = reply.json?.['errors'] as { in: string; pointer: string }[]; // the problem's own member
    expect(new Set(errors.map(({ pointer }) => pointer))).toEqual(
      new Set(['/deviceNames/1', '/deviceNames/2', '/deviceNames/3', '/deviceNames/4', '/deviceNames/5', '/a~1b~0c']),
    );
    expect(new Set(errors.map((fault) => fault.in))).toEqual(new Set(['body']));
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it.each([
    ['text/plain', '{"deviceNames":["a"]}', 415, 'unsupported-media-type'],
    ['application/x-www-form-urlencoded', 'deviceNames=a', 415, 'unsupported-media-type'],
    ['application/json; charset=latin1', '{"deviceNames":["a"]}', 415, 'unsupported-media-type'],
    ['application/json', ' '.repeat(65_537), 413, 'payload-too-large'],
    ['application/json', `{"deviceNames":["a"]}${' '.repeat(65_536)}`, 413, 'payload-too-large'],
  ])('refuses %s of this size or kind', async (contentType, body, status, code) => {
    const reply = await stack.open().send(PATH, { method: 'POST', headers: { 'content-type': contentType }, body });
    expect([reply.status, reply.json?.['code']]).toEqual([status, code]);
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('takes a body of exactly 64 KiB', async () => {
    const document = JSON.stringify({ deviceNames: newNames() });
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: document.padEnd(65_536) };
    expect((await stack.open().send(PATH, options)).status).toBe(202);
  });

  it('answers malformed bodies with 400, 413 or 415, a pointer where there is a place, and calls nobody', async () => {
    let calls = 0;
    const transport = () => {
      calls += 1;
      return Promise.resolve(failed({ kind: 'timeout', sent: true }));
    };
    const api = createApi(createPieces({ store: createCountingStore().store, transport }));
    const name = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9:_-]{1,48}$/), fc.string(), fc.jsonValue());
    const document = fc.oneof(
      fc.jsonValue(),
      fc.record({ deviceNames: fc.jsonValue() }),
      fc.record({ deviceNames: fc.array(name, { maxLength: 130 }) }),
      fc.dictionary(fc.string(), fc.array(name, { maxLength: 3 })),
    );
    const body = fc.oneof(document.map((value) => JSON.stringify(value)), fc.string(), fc.constant('x'.repeat(70_000)));
    const contentType = fc.oneof({ weight: 9, arbitrary: fc.constant('application/json') }, fc.string());
    const isGood = (text: string) => {
      try {
        const parsed: unknown = JSON.parse(text);
        const names: unknown = Reflect.get(Object(parsed), 'deviceNames');
        if (!Array.isArray(names) || Object.keys(Object(parsed)).length !== 1) return false;
        const fine = names.every((item) => typeof item === 'string' && /^[a-zA-Z0-9:_-]{1,48}$/.test(item));
        return fine && names.length >= 1 && names.length <= 100 && new Set(names).size === names.length;
      } catch {
        return false;
      }
    };
    await fc.assert(
      fc.asyncProperty(body, contentType, async (text, type) => {
        fc.pre(!isGood(text));
        const reply = await api.send(PATH, { method: 'POST', headers: { 'content-type': type }, body: text });
        expect([400, 413, 415]).toContain(reply.status);
        if (reply.status !== 400) return;
        const errors = reply.json?.['errors'] as { in: string; pointer?: string }[]; // the problem's own member
        expect(errors.length).toBeGreaterThan(0);
        for (const fault of errors) expect([fault.in, typeof fault.pointer]).toEqual(['body', 'string']);
      }),
      { numRuns: 5000 },
    );
    expect(calls).toBe(0);
  });
});

describe('following a task', () => {
  it('goes from pending over running to completed, and then costs the vendor nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const api = stack.open();
      const { taskId, createdAt, expiresAt } = (await create(api, { deviceNames: [...newNames(3), 'test_device1'] })).json ?? {};
      const task = `${PATH}/${String(taskId)}`;
      stack.emulator.clearCalls();
      const pending = await api.send(task);
      expect(pending.json).toEqual({ productId: 'ABCED12345', taskId, status: 'pending', totalDevices: 4, createdAt, expiresAt });
      expect([pending.headers['cache-control'], pending.headers['etag']]).toEqual(['no-store', undefined]);
      expect(pending.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      vi.advanceTimersByTime(1500);
      expect((await api.send(task)).json).toMatchObject({ status: 'running', totalDevices: 4, createdAt, expiresAt });
      expect(await api.send(`${task}/devices`)).toMatchObject({ status: 409, json: { taskStatus: 'running' } });
      vi.advanceTimersByTime(2000);
      stack.emulator.clearCalls();
      const completed = await api.send(task);
      expect(completed.json).toEqual({
        productId: 'ABCED12345',
        taskId,
        status: 'completed',
        totalDevices: 4,
        createdDevices: 3,
        failedDevices: 1,
        createdAt,
        expiresAt,
      });
      expect(completed.headers['cache-status']).toBe('iotcloud-rest; fwd=miss; stored');
      expect(completed.headers['retry-after']).toBeUndefined();
      expect(stack.emulator.countCalls()).toBe(2);
      const again = await api.send(task);
      expect([again.text, again.headers['etag']]).toEqual([completed.text, completed.headers['etag']]);
      expect((await api.send(task, { headers: { 'if-none-match': again.headers['etag'] ?? '' } })).status).toBe(304);
      const results = await api.send(`${task}/devices`, { query: 'include=credentials' });
      expect(results.headers['cache-status']).toMatch(/^iotcloud-rest; hit; ttl=\d+$/);
      expect(results.json).toMatchObject({ totalItems: 4 });
      expect(stack.emulator.countCalls()).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('expires what is stored with the life of the task', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const api = stack.open();
      const { taskId, expiresAt } = (await create(api, { deviceNames: newNames() })).json ?? {};
      vi.advanceTimersByTime(5 * DAY_S * 1000);
      expect(await api.send(`${PATH}/${String(taskId)}`)).toMatchObject({ json: { status: 'completed', expiresAt } });
      const lifeEndsAtS = Date.parse(String(expiresAt)) / 1000;
      const expiries = (await stack.scanItems())
        .filter((item) => item['pk']?.S?.startsWith(`${api.account}#task#`))
        .map((item) => Number(item['expiresAt']?.N));
      expect(expiries.length).toBeGreaterThan(2);
      expect(Math.max(...expiries)).toBe(lifeEndsAtS);
      vi.advanceTimersByTime(25 * DAY_S * 1000);
      expect(await api.send(`${PATH}/${String(taskId)}`)).toMatchObject({ status: 404, json: { code: 'task-not-found' } });
    } finally {
      vi.useRealTimers();
    }
  });

  it('creates PSK devices with their keys', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const api = stack.open({ CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64') });
      const { taskId } = (await create(api, { deviceNames: newNames() }, '/v1/products/PSK1234567/device-tasks')).json ?? {};
      vi.advanceTimersByTime(5000);
      const path = `/v1/products/PSK1234567/device-tasks/${String(taskId)}/devices`;
      const reply = await api.send(path, { query: 'include=credentials', claims: fullClaims });
      const devices = reply.json?.['devices'] as { credentials: { type: string; psk: string } }[]; // of a page
      expect(devices.map(({ credentials }) => [credentials.type, Buffer.from(credentials.psk, 'base64').length])).toEqual([
        ['psk', 16],
        ['psk', 16],
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});
