import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../offline/freePort.ts';
import { startServerlessOffline } from '../../offline/serverlessOffline.ts';

it('takes another port where somebody took the one it chose', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const taken = (holder.address() as AddressInfo).port; // a TCP server has one
  const ports = [taken, taken];
  const functions = await startServerlessOffline({}, () => undefined, async () => ports.shift() ?? freePort());
  try {
    expect([ports, functions.port === taken]).toEqual([[], false]);
    expect((await fetch(`http://127.0.0.1:${functions.port}/nowhere`)).headers.get('content-type')).toContain('json');
  } finally {
    await functions.close();
    holder.close();
  }
});

it('says what it said where no port is free', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo; // a TCP server has one
  await expect(startServerlessOffline({}, () => undefined, () => Promise.resolve(port))).rejects.toThrow(/did not start[^]*EADDRINUSE/);
  holder.close();
});
