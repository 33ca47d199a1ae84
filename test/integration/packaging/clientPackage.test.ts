import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientDir, measureClient, openCodesFile, renderOpenCodes, renderTypes, typesFile } from '../../../scripts/client.ts';

const run = promisify(execFile);
const root = join(clientDir, '..');

describe('the generated types', () => {
  it('are what the generators make of docs/openapi.json and the problem catalogue (`npm run client`)', async () => {
    expect(await readFile(typesFile, 'utf8')).toBe(await renderTypes());
    expect(await readFile(openCodesFile, 'utf8')).toBe(renderOpenCodes());
  });
});

describe('the client as one file', () => {
  it('is small', async () => {
    const { bytes, gzipBytes } = await measureClient();
    expect(bytes).toBeLessThan(7000);
    expect(gzipBytes).toBeLessThan(3000);
  });
});

describe('the packed client', () => {
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'iotcloud-rest-client-'));
    const installed = join(place, 'node_modules', 'iotcloud-rest-client');
    await mkdir(installed, { recursive: true });
    await run('npm', ['pack', '--workspace', 'client', '--pack-destination', place], { cwd: root });
    const tarball = (await readdir(place)).find((name) => name.endsWith('.tgz')) ?? '';
    await run('tar', ['xzf', join(place, tarball), '-C', installed, '--strip-components=1']);
    await writeFile(join(place, 'package.json'), '{"type":"module"}');
    await writeFile(join(place, 'use.ts'), USE);
  });
  afterAll(() => rm(place, { recursive: true }));

  it('holds what it needs and nothing else', async () => {
    const files = await readdir(join(place, 'node_modules', 'iotcloud-rest-client'), { recursive: true });
    const names = ['batches', 'createClient', 'errors', 'idempotencyKey', 'index', 'openCodes', 'openapi', 'send'];
    const compiled = (directory: string) => names.flatMap((name) => [`${directory}/${name}.d.ts`, `${directory}/${name}.js`]);
    const own = ['LICENSE', 'README.md', 'dist', 'dist/cjs', 'dist/cjs/package.json', 'package.json'];
    expect(files.toSorted()).toEqual([...own, ...compiled('dist'), ...compiled('dist/cjs')].toSorted());
  });

  const compilers = { 5: join(clientDir, 'node_modules', 'typescript', 'bin', 'tsc'), 7: join(root, 'node_modules', 'typescript', 'bin', 'tsc') };
  const cases = ([5, 7] as const).flatMap((version) =>
    ([['nodenext', 'nodenext'], ['esnext', 'bundler']] as const).map(([module, moduleResolution]) => ({ version, module, moduleResolution })),
  );

  it.each(cases)('gives its types to TypeScript $version under $moduleResolution', async ({ version, module, moduleResolution }) => {
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--module', module, '--moduleResolution', moduleResolution];
    const check = async (file: string) => {
      const { stdout } = await run(process.execPath, [compilers[version], ...options, file], { cwd: place }).catch((error: unknown) => error as { stdout: string });
      return stdout;
    };
    expect(await check('use.ts')).toBe('');
    await writeFile(join(place, 'misuse.ts'), USE.replace("case 'task-not-found'", "case 'no-such-code'"));
    expect(await check('misuse.ts')).toContain('no-such-code');
  });

  it.each([
    ['module', "const { ApiError, createClient } = await import('iotcloud-rest-client')"],
    ['commonjs', "const { ApiError, createClient } = require('iotcloud-rest-client')"],
  ])('runs in Node as it is, as %s', async (type, load) => {
    const program = `${load}; console.log(typeof ApiError, typeof createClient)`;
    const flags = ['--no-experimental-require-module', `--input-type=${type}`, '--eval', program];
    const { stdout } = await run(process.execPath, flags, { cwd: place });
    expect(stdout.trim()).toBe('function function');
  });

  it('gives its types to a CommonJS file too', async () => {
    await writeFile(join(place, 'use.cts'), USE);
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--module', 'node16', '--moduleResolution', 'node16'];
    const { stdout } = await run(process.execPath, [compilers[5], ...options, 'use.cts'], { cwd: place }).catch((error: unknown) => error as { stdout: string });
    expect(stdout).toBe('');
  });
});

/** What an app would write; it names every kind of type the package exports. */
const USE = `
import { ApiError, createClient, type DeviceBatchPage, type DeviceBatch, type Client, type DeviceResult, type DeviceTask, type ErrorCode } from 'iotcloud-rest-client';

const client: Client = createClient({ baseUrl: 'http://localhost:3000', token: async () => 'token' });

export async function use(signal: AbortSignal): Promise<DeviceTask> {
  const task = await client.createTask('P', ['a'], { idempotencyKey: 'k', signal });
  const done = await client.waitForTask(task, { signal, onProgress: ({ status }) => console.log(status satisfies 'pending' | 'running' | 'completed') });
  const names: string[] = [];
  for await (const device of client.eachDevice(task, { include: 'credentials', status: 'created' })) {
    if (device.status === 'created' && device.credentials?.type === 'psk') names.push(device.credentials.psk ?? '');
    if (device.status === 'failed') names.push(device.error.code);
  }
  const page: { devices: DeviceResult[]; totalPages: number } = await client.listDevices(task, { page: 1, pageSize: 100 });
  console.log(page.devices.length, names, done.createdDevices?.toFixed());
  return done;
}

export async function useBatch(names: AsyncIterable<string>, file: WritableStream<Uint8Array>): Promise<number> {
  const batch: DeviceBatch = await client.createBatch('P', names);
  for await (const { pendingDevices } of client.followBatch(batch)) console.log(pendingDevices.toFixed());
  const done = await client.waitForBatch(batch, { onProgress: ({ createdDevices }) => console.log(createdDevices.toFixed()) });
  const open: string[] = [];
  for await (const device of client.eachDevice(batch, { status: 'unknown' })) if (device.status === 'unknown') open.push(device.deviceName);
  const page: DeviceBatchPage = await client.listDevices(batch, { pageSize: 500 });
  await client.exportCsv(batch, file, { include: 'credentials' });
  return (await client.cancelBatch(await client.retryFailures(done))).failedDevices + page.totalItems + open.length;
}

export function tell(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  const code: ErrorCode = error.code;
  switch (code) {
    case 'task-not-found':
      return error.problem?.upstream?.codeDesc ?? '';
    case 'gateway-failed':
      return error.requestId ?? '';
    default:
      return error.idempotencyKey ?? '';
  }
}
`;
