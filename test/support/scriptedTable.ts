import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it came. */
export interface TableRequest {
  /** `Query`, of `DynamoDB_20120810.Query`. */
  readonly operation: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly socket: Socket;
  /** Requests on the same connection before it. */
  readonly earlier: number;
}

/** What answers; `round` counts from 1. */
export type TableScript = (response: ServerResponse, request: TableRequest, round: number) => void;

export function answerJson(response: ServerResponse, httpStatus: number, body: object): void {
  response.writeHead(httpStatus, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

/** An HTTP server in DynamoDB's place that answers as no emulator does. */
export async function startScriptedTable(script: TableScript) {
  const requests: TableRequest[] = [];
  const served = new Map<Socket, number>();
  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    const { headers, socket } = message;
    const earlier = served.get(socket) ?? 0;
    served.set(socket, earlier + 1);
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    const request = { operation, headers, body: await text(message), socket, earlier };
    requests.push(request);
    script(response, request, requests.length);
  };
  const server = createServer((message, response) => {
    answer(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export type ScriptedTable = Awaited<ReturnType<typeof startScriptedTable>>;
