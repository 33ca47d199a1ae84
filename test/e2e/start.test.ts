import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { holdPort } from '../support/heldPort.ts';
import { spawnStage, startStage, type StartedStage } from '../support/offlineStage.ts';
import { childrenOf, hasProc, isRunning } from '../support/processes.ts';

/** The line a request left in the log, which may come a little after its answer. */
function logLineOf(stage: StartedStage, { headers }: Response): Promise<string> {
  const id = headers.get('x-request-id') ?? '';
  return vi.waitUntil(() => stage.output().split('\n').find((line) => line.includes(id)));
}

describe('npm start', () => {
  let stage: StartedStage;
  beforeAll(async () => {
    stage = await startStage({ STAGE: 'laptop' });
  });
  afterAll(async () => {
    await stage.interrupt();
  });

  it('says that a batch ends with a stage whose parts are in memory', async () => {
    await vi.waitFor(() => expect(stage.output()).toContain('A batch of devices that is not completed ends with this stage'));
  });

  it('sweeps for what an earlier start left open', async () => {
    await vi.waitFor(() => expect(stage.output()).toContain('"event":"batch-sweep"'), { timeout: 20_000 });
  });

  it('bears the name STAGE gives it, and logs JSON if its output is no terminal', async () => {
    const response = await stage.request('/v1/health');
    expect(await response.json()).toMatchObject({ stage: 'laptop' });
    expect(JSON.parse(await logLineOf(stage, response))).toMatchObject({ event: 'request', stage: 'laptop', route: 'getHealth', status: 200 });
  });

  it.each(['/v1/health', '/openapi.json', '/docs'])('answers HEAD %s as GET, without the body', async (path) => {
    const [head, got] = [await stage.request(path, { method: 'HEAD' }), await stage.request(path)];
    expect([head.status, head.headers.get('content-type'), head.headers.get('etag'), await head.text()]).toEqual([
      200,
      got.headers.get('content-type'),
      got.headers.get('etag'),
      '',
    ]);
  });

  it('sends / to the reference page', async () => {
    const response = await stage.request('/', { redirect: 'manual' });
    expect([response.status, response.headers.get('location'), await response.text()]).toEqual([302, '/docs', '']);
  });

  it('hands Accept-Encoding over, and compressed bodies back as they are', async () => {
    const authorization = `Bearer ${await stage.token()}`;
    const fetchRaw = async (path: string, encoding: string, more: Record<string, string> = {}) => {
      const headers = { authorization, 'accept-encoding': encoding, ...more };
      const request = get(`${stage.url.replace('localhost', '127.0.0.1')}${path}`, { headers });
      const [response] = (await once(request, 'response')) as [IncomingMessage]; // the event's one argument
      return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
    };
    const page = '/v1/products/BATCH12345/device-tasks/batch100devices1/devices';
    for (const [path, encoding, decompress] of [['/docs', 'br', brotliDecompressSync], [page, 'gzip', gunzipSync]] as const) {
      const [packed, plain] = [await fetchRaw(path, encoding), await fetchRaw(path, 'identity')];
      expect([packed.headers['content-encoding'], plain.headers['content-encoding']]).toEqual([encoding, undefined]);
      expect([packed.headers.vary, plain.headers.vary]).toEqual(['accept-encoding', 'accept-encoding']);
      expect(packed.body.length).toBeLessThan(0.6 * plain.body.length);
      expect(decompress(packed.body).equals(plain.body)).toBe(true);
      const unchanged = await fetchRaw(path, encoding, { 'if-none-match': plain.headers.etag ?? '' });
      expect([unchanged.status, unchanged.headers.etag, unchanged.body.length]).toEqual([304, packed.headers.etag, 0]);
    }
    const withSecrets = await fetchRaw(`${page}?include=credentials`, 'gzip');
    expect([withSecrets.status, withSecrets.headers['content-encoding'], withSecrets.headers.vary]).toEqual([200, undefined, undefined]);
  });

  it('listens on the loopback address only', async () => {
    const { hostname, port } = new URL(stage.url);
    expect(hostname).toBe('localhost');
    await expect(fetch(`http://[::1]:${port}/v1/health`)).rejects.toThrow('fetch failed');
    expect((await fetch(`http://127.0.0.1:${port}/v1/health`)).status).toBe(200);
  });

  it('hands odd paths, methods and ranges to the functions', async () => {
    const task = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
    const problems = [
      ['/v1/products/%ZZ/device-tasks/t', 400, 'invalid-request'],
      ['/v1/products/%FF/device-tasks/t', 400, 'invalid-request'],
      ['/v1/products/a%E0%A4/device-tasks/t', 400, 'invalid-request'],
      ['/v1/products/%e4%ba%a7/device-tasks/t', 400, 'invalid-request'],
      ['/v1/products/ABCED1234%2535/device-tasks/t', 400, 'invalid-request'],
      ['/v1/health/', 404, 'route-not-found'],
      ['/nowhere', 404, 'route-not-found'],
      [`${task}/devices?page=1&page=2`, 400, 'invalid-request'],
    ] as const;
    for (const [path, status, code] of problems) {
      const response = await stage.request(path);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([path, status, 'application/problem+json']);
      expect(await response.json()).toMatchObject({ code });
    }
    const encoded = await stage.request('/v1/products/%41BCED12345/device-tasks/abcdedf123456789');
    expect([encoded.status, encoded.headers.get('content-type')]).toEqual([200, 'application/json']);
    const wrongMethod = await stage.request(task, { method: 'DELETE' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET']);
    for (const method of ['HEAD', 'OPTIONS']) {
      const response = await stage.request(task, { method });
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, 'GET']);
    }
    const part = await stage.request(task, { headers: { range: 'bytes=0-10' } });
    expect([part.status, await part.json()]).toMatchObject([200, { status: 'completed' }]);
  });

  it.each([
    'application/json, text/plain',
    'application/json;charset=utf-8;charset=utf-8',
    'application/json/x',
    'application/;',
    'application',
    'foo',
    ';',
    '/',
    'multipart/form-data',
    'text/plain',
    'application/xml; charset=utf-8',
  ])('hands the content type %j to the functions', async (type) => {
    const init = { headers: { 'content-type': type }, body: '{"deviceNames":["a"]}' };
    const refused = await stage.request('/v1/products/ABCED12345/device-tasks', { method: 'POST', ...init });
    expect([refused.status, await refused.json()]).toMatchObject([415, { code: 'unsupported-media-type' }]);
    const wrongMethod = await stage.request('/v1/health', { method: 'PUT', ...init });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each(['null', 'false', '0', '""', '"{\\"deviceNames\\":[\\"a\\"]}"', '[]', '{', ''])(
    'hands the body %s over as it is',
    async (body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await stage.request('/v1/products/ABCED12345/device-tasks', { method: 'POST', headers, body });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ in: 'body', pointer: '' }] });
    },
  );

  it('revalidates with 304 through the whole stage', async () => {
    const path = '/v1/products/ABCED12345/device-tasks/abcdedf123456789/devices';
    const etag = (await stage.request(path)).headers.get('etag') ?? '';
    const again = await stage.request(path, { headers: { 'if-none-match': `"other", W/${etag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  });
});

describe.concurrent('starting and ending', () => {
  it('ends whole on Ctrl-C, with status 0 and nothing left listening', async () => {
    const stage = await startStage();
    expect(await stage.interrupt()).toBe(0);
    await expect(fetch(`${stage.url}/v1/health`)).rejects.toThrow('fetch failed');
  });

  it.runIf(hasProc)('ends the functions too if it is killed, and leaves no socket behind', async () => {
    const stage = await startStage();
    const children = childrenOf(stage.child.pid ?? 0);
    expect(children).toHaveLength(1);
    const sockets = /--lambdaPort\0([^\0]+)/.exec(readFileSync(`/proc/${children[0]}/cmdline`, 'utf8'))?.[1] ?? '';
    expect(existsSync(dirname(sockets))).toBe(true);
    stage.child.kill('SIGKILL');
    await stage.interrupt();
    await vi.waitFor(() => expect(children.filter(isRunning)).toEqual([]), { timeout: 10_000 });
    expect(existsSync(dirname(sockets))).toBe(false);
  });

  it.runIf(existsSync('/usr/bin/script'))('logs one readable line a request on a terminal', async () => {
    const stage = await startStage({}, ['script', '-qfec', `${process.execPath} offline/start.ts`, '/dev/null']);
    try {
      const line = await logLineOf(stage, await stage.request('/v1/health'));
      expect(stripVTControlCharacters(line)).toMatch(/^\d\d:\d\d:\d\d {2}GET {2}\/v1\/health {2}200 {2}\d+ ms {2}[\w-]{36}\s*$/);
    } finally {
      await stage.interrupt();
    }
  });

  it('ends whole if only npm is told to end', async () => {
    const stage = await startStage({}, ['npm', 'start']);
    expect((await stage.request('/v1/health')).status).toBe(200);
    stage.child.kill('SIGTERM');
    await vi.waitFor(() => expect(stage.request('/v1/health')).rejects.toThrow('fetch failed'), { timeout: 10_000 });
  });

  it.each([
    ['database', 'DYNAMODB_ENDPOINT', 'no table could be made at'],
    ['queue', 'SQS_ENDPOINT', 'no queue could be made at'],
  ])('tells a %s that is not there in one line', async (_what, variable, complaint) => {
    const held = await holdPort();
    const endpoint = `http://127.0.0.1:${held.port}`;
    const { ended, output } = spawnStage({ [variable]: endpoint, PORT: '0' });
    expect(await ended).toBe(1);
    const line = `iotcloud-rest: ${variable}: ${complaint} ${endpoint}`;
    expect([output().split('\n').length, output()]).toEqual([1, expect.stringContaining(line)]);
    held.release();
  });

  it('tells a port in use in one line', async () => {
    const { port, release } = await holdPort();
    const { ended, output } = spawnStage({ PORT: String(port) });
    expect(await ended).toBe(1);
    expect(output()).toBe(`iotcloud-rest: PORT: ${port} is in use; set PORT to another one`);
    release();
  });

  it.each([
    [{ PORT: '70000' }, 'PORT: must be a port number from 0 to 65535'],
    [{ IOTCLOUD_TIMEOUT_MS: '1e3' }, 'IOTCLOUD_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 30000'],
    [{ IOTCLOUD_ENDPOINT: 'http://example.com/' }, 'IOTCLOUD_ENDPOINT: must be an https URL without query (http only for a loopback host)'],
    [{ IOTCLOUD_ENDPOINT: 'https://example.com/' }, 'TENCENTCLOUD_SECRET_ID: is required and not set'],
    [{ CREDENTIALS_LOCAL_KEY: 'c2hvcnQ=' }, 'CREDENTIALS_LOCAL_KEY: must be 32 bytes in base64'],
  ])('tells a bad variable in one line: %o', async (env, message) => {
    const { ended, output } = spawnStage({ PORT: '0', ...env });
    expect(await ended).toBe(1);
    expect(output()).toBe(`iotcloud-rest: ${message}`);
  });
});
