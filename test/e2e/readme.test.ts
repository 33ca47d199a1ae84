import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { buildClient } from '../../scripts/client.ts';
import { vendorApis } from '../support/vendorApis.ts';
import { startStage, type StartedStage } from '../support/offlineStage.ts';

const run = promisify(execFile);

/** The one block of the README's samples in a language. */
async function readSample(language: string): Promise<string> {
  const text = await readFile(join(root, 'README.md'), 'utf8');
  const [, samples = ''] = /^## First calls in a minute\n(.*?)^## /ms.exec(text) ?? [];
  const blocks = [...samples.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, name]) => name === language);
  expect(blocks).toHaveLength(1);
  return blocks[0]?.[2] ?? '';
}

/** A Python that has `requests`; the machine's own may not. */
function findPython(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => {
    try {
      execFileSync(python, ['-c', 'import requests'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

const python = findPython();

/** Pastes commands into a shell, as a user does. @returns what they print */
async function paste(...commands: string[]): Promise<string> {
  const { stdout } = await run('bash', ['-c', commands.join('\n')], { cwd: root });
  return stdout;
}

const isCommand = (line: string) => /^(?:TOKEN=|curl )/.test(line);

beforeAll(() => buildClient());

describe.concurrent.each(vendorApis)('pasted whole, over $name', ({ name }) => {
  let stage: StartedStage;
  let dir: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    stage = await startStage({ IOTCLOUD_API: name });
    dir = await mkdtemp(join(root, '.offline', 'readme-')); // inside the repository, for its packages
    env = { ...process.env, PORT: new URL(stage.url).port, TOKEN: await stage.token() };
  });
  afterAll(async () => {
    await stage.interrupt();
    await rm(dir, { recursive: true });
  });

  it("the first command that npm start prints is short and alone returns the sample task's results", async () => {
    const first = stage.output().split('\n').find(isCommand) ?? '';
    expect(first).toContain(`${stage.url}/v1/products/ABCED12345/device-tasks/abcdedf123456789/devices`);
    expect(first.length).toBeLessThan(220);
    const printed: unknown = JSON.parse(await paste(first));
    expect(printed).toMatchObject({
      productId: 'ABCED12345',
      taskId: 'abcdedf123456789',
      totalItems: 2,
      devices: [
        { deviceName: 'test_device1', status: 'created', credentials: { type: 'certificate' } },
        { deviceName: 'test_device2', status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } },
      ],
    });
    const again = await stage.request('/v1/products/ABCED12345/device-tasks/abcdedf123456789/devices');
    expect(again.headers.get('cache-status')).toMatch(/^iotcloud-rest; hit; ttl=\d+$/);
    expect(await again.json()).toEqual(printed);
  });

  it('all commands that npm start prints succeed, one after the other, and hold no token', async () => {
    const commands = stage.output().split('\n').filter(isCommand);
    expect(commands.length).toBeGreaterThan(3);
    const statuses = await paste(...commands.map((command) => command.replace('curl -s', 'curl -s -o /dev/null -w "%{http_code} "')));
    expect(statuses.trim().split(' ')).toEqual(commands.map(() => '200'));
    expect(stage.output()).not.toContain('eyJ');
  });

  it('the curl of the README reads 30 results', async () => {
    const { stdout } = await run('bash', ['-c', await readSample('sh')], { cwd: root, env });
    expect(stdout).toContain('"status":"completed"');
    const page: unknown = JSON.parse(stdout.slice(stdout.lastIndexOf('\r\n\r\n')));
    expect(page).toMatchObject({ totalItems: 30, devices: expect.toSatisfy((devices: unknown[]) => devices.length === 30) });
  });

  it('the TypeScript of the README reads 30 results', async () => {
    await writeFile(join(dir, 'first-call.ts'), await readSample('ts'));
    const { stdout } = await run(process.execPath, ['first-call.ts'], { cwd: dir, env });
    expect(stdout.match(/^valve-\d+ created$/gm)).toHaveLength(30);
  });

  it.skipIf(python === undefined)('the Python of the README reads 30 results (skipped if there is no python3 with `requests`)', async () => {
    const { stdout } = await run(python ?? '', ['-c', await readSample('python')], { cwd: dir, env });
    expect(stdout.match(/^fan-\d+ created$/gm)).toHaveLength(30);
  });

  it.skipIf(python === undefined)('the Python of the README shows the problem of a bad token (skipped likewise)', async () => {
    const failing = run(python ?? '', ['-c', await readSample('python')], { cwd: dir, env: { ...env, TOKEN: 'nonsense' } });
    await expect(failing).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('401 {"type":"urn:iotcloud-rest:problem:unauthorized"') });
  });
});
