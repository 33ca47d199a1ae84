import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError, createClient } from '../../../client/src/index.ts';

const ref = { productId: 'P', batchId: '0193f6a0-0000-7000-8000-000000000001' };
const PATH = `/v1/products/P/device-batches/${ref.batchId}`;

describe('exportCsv, against a server', () => {
  const ROWS = [['a,created', '"b\r\nc",created'], ['d,failed'], []];
  let close: (() => void) | undefined;
  afterEach(() => close?.());

  async function serve(answer: (page: number, request: IncomingMessage, response: ServerResponse) => void) {
    const server = createServer((request, response) => {
      answer(Number(new URL(request.url ?? '', 'http://x').searchParams.get('page')), request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    close = () => {
      server.close();
      server.closeAllConnections();
    };
    const { port } = server.address() as AddressInfo; // a TCP server has one
    return createClient({ baseUrl: `http://127.0.0.1:${port}`, token: 't', maxAttempts: 1 });
  }

  const answerPage = (page: number, response: ServerResponse) => {
    const rows = ROWS[page - 1] ?? [];
    const link = page < ROWS.length ? `<${PATH}/devices?page=${page + 1}>; rel="next", <${PATH}/devices?page=1>; rel="first"` : '</x>; rel="first"';
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8; header=present', link }).end(['deviceName,status', ...rows, ''].join('\r\n'));
  };

  it('writes one text of all pages, its header once, and closes the stream', async () => {
    const asked: (string | undefined)[] = [];
    const client = await serve((page, request, response) => {
      asked.push(request.headers.accept, request.url);
      answerPage(page, response);
    });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const [written] = await Promise.all([text(readable), client.exportCsv(ref, writable, { include: 'credentials', status: 'created' })]);
    expect(written).toBe('deviceName,status\r\na,created\r\n"b\r\nc",created\r\nd,failed\r\n');
    const url = (page: number) => `${PATH}/devices?pageSize=200&include=credentials&status=created&page=${page}`;
    expect(asked).toEqual([1, 2, 3].flatMap((page) => ['text/csv, application/problem+json', url(page)]));
  });

  it('breaks the stream off if a page fails, and throws what it failed with', async () => {
    const client = await serve((page, _request, response) => {
      if (page === 1) answerPage(page, response);
      else response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const reading = text(readable).then(() => 'whole', (error: unknown) => error);
    const error: unknown = await client.exportCsv(ref, writable).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(await reading).toBe(error);
  });

  it('reads no further once the stream has failed', async () => {
    const pages: number[] = [];
    const client = await serve((page, _request, response) => {
      pages.push(page);
      answerPage(page, response);
    });
    const full = new WritableStream<Uint8Array>({ write: () => Promise.reject(new Error('disk full')) });
    await expect(client.exportCsv(ref, full)).rejects.toThrow('disk full');
    expect(pages).toEqual([1]);
  });
});
