import { handle } from '../handlers/getDeviceResults.ts';
import { getDeviceResults } from '../lib/functions/getDeviceResults.ts';
import { createHandler } from '../lib/http/createHandler.ts';
import type { HttpResponse } from '../lib/http/httpResponse.ts';
import { sampleAccessLine } from '../tools/sampleAccessLine.ts';
import { createQuietContainer, type Servers } from './servers.ts';
import { answer, describePage, productOf, type PageKind } from './warm.ts';

/** What one read of a stored page sends and leaves behind, in bytes. */
export interface ReadBytes {
  readonly page: string;
  readonly body: number;
  /** The status line and all headers, those included that the gateway adds. */
  readonly head: number;
  /** Lines of the function and the gateway's access log. */
  readonly logs: number;
}

const GATEWAY_HEAD = [
  'HTTP/1.1 200 OK',
  'date: Tue, 24 Nov 2026 10:00:00 GMT',
  'content-length: 12345',
  'connection: keep-alive',
  'apigw-requestid: Jk3PqjmSIAMEbjA=',
];

function headBytes({ headers }: HttpResponse): number {
  const lines = [...GATEWAY_HEAD, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), ''];
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 2, 0);
}

/** Reads a stored page as a stage in production serves it. */
export async function measureReadBytes(servers: Servers, taskId: string, kind: PageKind): Promise<ReadBytes> {
  const lines: string[] = [];
  const container = createQuietContainer({ ...servers.environment, STAGE: 'prod', LOG_LEVEL: 'INFO' }, (line) => void lines.push(line));
  const handler = createHandler(getDeviceResults, handle, () => container);
  const { name, query, headers } = describePage(kind);
  const read = () => answer(handler, productOf(taskId), taskId, query, headers);
  await read(); // which is a cold start, and says so
  lines.splice(0);
  const response = await read();
  return {
    page: `${name} of ${taskId}`,
    body: Buffer.byteLength(response.body, response.isBase64Encoded === true ? 'base64' : 'utf8'),
    head: headBytes(response),
    logs: [...lines, sampleAccessLine()].reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
  };
}
