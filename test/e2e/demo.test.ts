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

it.concurrent('npm run demo -- --devices creates a batch over the embedded queue and tells what became of it', async () => {
  const env = { ...process.env, DYNAMODB_ENDPOINT: '', SQS_ENDPOINT: '' };
  const { stdout } = await promisify(execFile)(process.execPath, ['offline/demo.ts', '--devices', '250'], { cwd: root, env });
  expect(stdout).toMatch(/^batch [0-9a-f-]{36} of 250 devices, kept until \d{4}-\d\d-\d\dT/);
  expect(stdout).toContain('] 250 of 250');
  expect(stdout).toMatch(/^247 created, 3 failed, 0 unknown in [\d.]+ s: \d+ devices a second$/m);
  expect(stdout).toMatch(/^sensor-001: device-name-exists\nsensor-002: device-name-exists\nsensor-003: device-name-exists$/m);
});

it.concurrent('tells in one line that no stage answers', async () => {
  const held = await holdPort();
  const url = `http://127.0.0.1:${held.port}`;
  const run = promisify(execFile)(process.execPath, ['offline/demo.ts', '--url', url], { cwd: root });
  const stderr = `demo: ${url}: No answer: the connection failed or was lost.\n`;
  await expect(run).rejects.toMatchObject({ code: 1, stderr });
  held.release();
});
