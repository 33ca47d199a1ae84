import { expect, it } from 'vitest';
import { freePort } from '../../offline/freePort.ts';
import { startServerlessOffline } from '../../offline/serverlessOffline.ts';
import { holdPort } from '../support/heldPort.ts';

it('takes another port where somebody took the one it chose', async () => {
  const { port: taken, release } = await holdPort();
  const ports = [taken, taken];
  const functions = await startServerlessOffline({}, () => undefined, async () => ports.shift() ?? freePort());
  try {
    expect([ports, functions.port === taken]).toEqual([[], false]);
    expect((await fetch(`http://127.0.0.1:${functions.port}/nowhere`)).headers.get('content-type')).toContain('json');
  } finally {
    await functions.close();
    release();
  }
});

it('says what it said where no port is free', async () => {
  const { port, release } = await holdPort();
  await expect(startServerlessOffline({}, () => undefined, () => Promise.resolve(port))).rejects.toThrow(/did not start[^]*EADDRINUSE/);
  release();
});
