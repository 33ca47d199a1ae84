import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { buildClient } from '../../scripts/client.ts';
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

describe('the samples of the README, pasted whole', () => {
  let stage: StartedStage;
  let dir: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    stage = await startStage();
    dir = await mkdtemp(join(root, '.offline', 'readme-')); // inside the repository, for its packages
    env = { ...process.env, PORT: new URL(stage.url).port, TOKEN: await stage.token() };
  });
  afterAll(async () => {
    await stage.interrupt();
    await rm(dir, { recursive: true });
  });

  it('read 30 results with curl', async () => {
    const { stdout } = await run('bash', ['-c', await readSample('sh')], { cwd: root, env });
    expect(stdout).toContain('"status":"completed"');
    const page: unknown = JSON.parse(stdout.slice(stdout.lastIndexOf('\r\n\r\n')));
    expect(page).toMatchObject({ totalItems: 30, devices: expect.toSatisfy((devices: unknown[]) => devices.length === 30) });
  });

  it('read 30 results with the TypeScript client', async () => {
    await buildClient();
    await writeFile(join(dir, 'first-call.ts'), await readSample('ts'));
    const { stdout } = await run(process.execPath, ['first-call.ts'], { cwd: dir, env });
    expect(stdout.match(/^valve-\d+ created$/gm)).toHaveLength(30);
  });

  it.skipIf(python === undefined)('read 30 results with Python (skipped if there is no python3 with `requests`)', async () => {
    const { stdout } = await run(python ?? '', ['-c', await readSample('python')], { cwd: dir, env });
    expect(stdout.match(/^fan-\d+ created$/gm)).toHaveLength(30);
  });

  it.skipIf(python === undefined)('show the problem of a bad token in Python (skipped likewise)', async () => {
    const failing = run(python ?? '', ['-c', await readSample('python')], { cwd: dir, env: { ...env, TOKEN: 'nonsense' } });
    await expect(failing).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('401 {"type":"urn:iotcloud-rest:problem:unauthorized"') });
  });
});
