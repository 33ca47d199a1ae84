import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { holdPort } from '../support/heldPort.ts';
import { spawnStage, startStage, type StartedStage } from '../support/offlineStage.ts';

/** Runs a printed `curl -s -H "…" "URL"` as it stands. */
function runPrinted(command: string): Promise<Response> {
  const [header = '', url = ''] = [...command.matchAll(/"([^"]+)"/g)].map((match) => match[1]).slice(-2);
  const [name = '', value = ''] = header.split(/: (.*)/);
  return fetch(url, { headers: { [name]: value } });
}

function readProcess(pid: string): { pid: number; parent: number; state: string }[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // `pid (name) state parent …`, and the name may hold anything.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid: Number(pid), parent: Number(parent), state }];
  } catch {
    return []; // ended meanwhile
  }
}

function processes(): { pid: number; parent: number; state: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap(readProcess);
}

const childrenOf = (pid: number) => processes().filter(({ parent }) => parent === pid).map((child) => child.pid);
// A zombie has ended; nobody has collected it yet.
const isRunning = (pid: number) => processes().some((process) => process.pid === pid && !process.state.startsWith('Z'));

describe('npm start', () => {
  let stage: StartedStage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(async () => {
    await stage.interrupt();
  });

  it("prints a command that returns the sample task's results, the second time from the cache", async () => {
    const command = stage.output().split('\n').find((line) => line.startsWith('curl ')) ?? '';
    const first = await runPrinted(command);
    expect(first.status).toBe(200);
    expect(first.headers.get('cache-status')).toBe('iotcloud-rest; fwd=miss; stored');
    const body = await first.json();
    expect(body).toMatchObject({
      productId: 'ABCED12345',
      taskId: 'abcdedf123456789',
      totalItems: 2,
      devices: [
        { deviceName: 'test_device1', status: 'created', credentials: { type: 'certificate' } },
        { deviceName: 'test_device2', status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } },
      ],
    });
    const second = await runPrinted(command);
    expect(second.headers.get('cache-status')).toMatch(/^iotcloud-rest; hit; ttl=\d+$/);
    expect(await second.json()).toEqual(body);
  });

  it('prints only commands that succeed', async () => {
    const commands = stage.output().split('\n').filter((line) => line.startsWith('curl ') && line.includes('Bearer'));
    expect(commands.length).toBeGreaterThan(2);
    const statuses = await Promise.all(commands.map(async (command) => (await runPrinted(command)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('listens on the loopback address only', async () => {
    const { hostname, port } = new URL(stage.url);
    expect(hostname).toBe('localhost');
    await expect(fetch(`http://[::1]:${port}/v1/health`)).rejects.toThrow('fetch failed');
    expect((await fetch(`http://127.0.0.1:${port}/v1/health`)).status).toBe(200);
  });

  it('answers what the HTTP server before the functions would answer by itself as the functions do', async () => {
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
  ])('answers the content type %j as deployed', async (type) => {
    const init = { headers: { 'content-type': type }, body: '{"deviceNames":["a"]}' };
    const refused = await stage.request('/v1/products/ABCED12345/device-tasks', { method: 'POST', ...init });
    expect([refused.status, await refused.json()]).toMatchObject([415, { code: 'unsupported-media-type' }]);
    const wrongMethod = await stage.request('/v1/health', { method: 'PUT', ...init });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each(['null', 'false', '0', '""', '"{\\"deviceNames\\":[\\"a\\"]}"', '[]', '{', ''])(
    'refuses the body %s, which serverless-offline would hand over changed',
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

describe('starting and ending', () => {
  it('ends whole on Ctrl-C, with status 0 and nothing left listening', async () => {
    const stage = await startStage();
    expect(await stage.interrupt()).toBe(0);
    await expect(fetch(`${stage.url}/v1/health`)).rejects.toThrow('fetch failed');
  });

  it.runIf(existsSync('/proc/self/stat'))('ends the functions too where it is killed', async () => {
    const stage = await startStage();
    const children = childrenOf(stage.child.pid ?? 0);
    expect(children).toHaveLength(1);
    stage.child.kill('SIGKILL');
    await stage.interrupt();
    await vi.waitFor(() => expect(children.filter(isRunning)).toEqual([]), { timeout: 10_000 });
  });

  it('ends whole where only npm is told to end', async () => {
    const stage = await startStage({}, ['npm', 'start']);
    expect((await stage.request('/v1/health')).status).toBe(200);
    stage.child.kill('SIGTERM');
    await vi.waitFor(() => expect(stage.request('/v1/health')).rejects.toThrow('fetch failed'), { timeout: 10_000 });
  });

  it('tells a database that is not there in one line', async () => {
    const held = await holdPort();
    const endpoint = `http://127.0.0.1:${held.port}`;
    const { ended, output } = spawnStage({ DYNAMODB_ENDPOINT: endpoint, PORT: '0' });
    expect(await ended).toBe(1);
    const line = `iotcloud-rest: DYNAMODB_ENDPOINT: no table could be made at ${endpoint}`;
    expect([output().split('\n').length, output()]).toEqual([1, expect.stringContaining(line)]);
    held.release();
  });

  it('bears the name STAGE gives it', async () => {
    const stage = await startStage({ STAGE: 'laptop' });
    const health = await stage.request('/v1/health');
    await stage.interrupt();
    expect(await health.json()).toMatchObject({ stage: 'laptop' });
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
