import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createResultStore } from '../../../lib/cache/resultStore.ts';
import { createDynamoDbClient, createTableClient } from '../../../lib/cache/tableClient.ts';
import { systemClock } from '../../../lib/clock.ts';
import { makeDevices } from '../../support/devices.ts';
import { everything, tenant } from './storeFixture.ts';

const ref = { productId: 'P', taskId: 'T' };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A table that answers as it is told; notes the operation of each request. */
async function startTable(answer: RequestListener) {
  const operations: string[] = [];
  const server = createServer((request, response) => {
    operations.push(String(request.headers['x-amz-target']).split('.')[1] ?? '');
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return { operations, store: storeAt(`http://127.0.0.1:${port}`) };
}

function storeAt(endpoint: string) {
  const client = createDynamoDbClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'offline', secretAccessKey: 'offline' } });
  const table = createTableClient(client, 'tasks', systemClock);
  return createResultStore({ table, tenant, wrapper: undefined, clock: systemClock, reportFault: () => {} });
}

const fail: RequestListener = (_, response) => {
  response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end('{"__type":"InternalServerError"}');
};

describe('a table out of order', () => {
  it('that never answers fails a read after two attempts, well before the request’s own deadline', async () => {
    const { operations, store } = await startTable(() => {});
    const startMs = performance.now();
    await expect(store.readTask(ref)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(operations).toEqual(['Query', 'Query']);
    expect(performance.now() - startMs).toBeLessThan(4000);
  });

  it('that never answers fails a page, its header and rows asked for at once', async () => {
    const { operations, store } = await startTable(() => {});
    await expect(store.readPage(ref, everything, false)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(operations.slice(0, 2).toSorted()).toEqual(['GetItem', 'Query']);
    expect(operations.length).toBeLessThanOrEqual(4);
  });

  it('that fails is asked twice, and a save writes nothing', async () => {
    const { operations, store } = await startTable(fail);
    await expect(store.save(ref, makeDevices('kf'))).rejects.toMatchObject({ name: 'InternalServerError' });
    expect(operations).toEqual(['GetItem', 'GetItem']);
  });

  it('that is not there fails a read', async () => {
    const { port } = await new Promise<AddressInfo>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address() as AddressInfo; // a TCP server has one
        server.close(() => resolve(address));
      });
    });
    await expect(storeAt(`http://127.0.0.1:${port}`).readPage(ref, everything, true)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
