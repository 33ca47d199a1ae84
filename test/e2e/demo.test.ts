import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { holdPort } from '../support/heldPort.ts';
import { vendorApis } from '../support/vendorApis.ts';

it.concurrent.each(vendorApis)('npm run demo creates a batch of 100 over $name, follows it and reads its results from the cache', async ({ name }) => {
  const env = { ...process.env, DYNAMODB_ENDPOINT: '', IOTCLOUD_API: name };
  const { stdout } = await promisify(execFile)(process.execPath, ['offline/demo.ts'], { cwd: root, env });
  expect(stdout).toMatch(/^task \w+ of 100 devices, kept until \d{4}-\d\d-\d\dT/);
  expect(stdout).toContain('] completed');
  expect(stdout).toContain('97 created, 3 failed');
  expect(stdout).toContain('device-name-exists');
  expect(stdout).toMatch(/^newest of the list: task \w+ of 100 devices, completed$/m);
  expect(stdout).toMatch(/^one by its name: demo-\w+-050, created, certificate$/m);
  expect(stdout).toMatch(/^list: 1 requests/m);
  expect(stdout).toContain('cache: 5 requests');
});

it.concurrent('tells in one line that no stage answers', async () => {
  const held = await holdPort();
  const url = `http://127.0.0.1:${held.port}`;
  const run = promisify(execFile)(process.execPath, ['offline/demo.ts', '--url', url], { cwd: root });
  const stderr = `demo: ${url}: No answer: the connection failed or was lost.\n`;
  await expect(run).rejects.toMatchObject({ code: 1, stderr });
  held.release();
});
