import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { root } from '../../tools/paths.ts';
import { startServerlessOffline } from '../../offline/serverlessOffline.ts';

it('says what serverless offline said if it does not start', async () => {
  const variables = { NODE_OPTIONS: '--require ./no-such-file.cjs' };
  await expect(startServerlessOffline(variables, () => undefined)).rejects.toThrow(/did not start:\n[^]*no-such-file/);
});

it('starts by its own command line too', async () => {
  const args = ['serverless', 'offline', '--stage', 'offline', '--httpPort', '0', '--lambdaPort', '0'];
  const child = spawn('npx', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  const ready = Promise.withResolvers<boolean>();
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('Server ready:')) ready.resolve(true);
    });
  const ended = once(child, 'exit');
  const isReady = await Promise.race([ready.promise, ended.then(() => false)]);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
  expect([isReady, lines.join('\n')]).toEqual([true, expect.stringContaining('iotcloud-rest-offline-getHealth')]);
});
