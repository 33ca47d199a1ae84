import http, { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { corsHeaders, isPreflight, preflightHeaders, type CorsRules } from './cors.ts';
import { toForwardedBody, toForwardedHeaders, toForwardedMethod, toForwardedPath, type Verdict } from './forwardedRequest.ts';
import type { VerifyToken } from './offlineTokens.ts';

export interface FrontOptions {
  readonly verifyToken: VerifyToken;
  readonly cors: CorsRules;
  /** The port of serverless-offline, once it listens. */
  readonly innerPort: Promise<number>;
}

// The limit of API Gateway; the function's own is far lower.
const MAX_BODY_BYTES = 10 * 1024 * 1024;

const DROPPED_FROM_ANSWERS = ['connection', 'keep-alive', 'transfer-encoding', 'accept-ranges', 'vary'];

async function judge(verifyToken: VerifyToken, authorization: string | undefined): Promise<Verdict> {
  if (authorization === undefined) return { kind: 'none' };
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const claims = token === undefined ? undefined : await verifyToken(token);
  return claims === undefined ? { kind: 'refused' } : { kind: 'verified', claims };
}

function answerAsGateway(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

/** The function's headers, without what serverless-offline's server added to them. */
function toAnswerHeaders(inner: IncomingMessage): OutgoingHttpHeaders {
  const kept = Object.entries(inner.headers).filter(([name]) => !DROPPED_FROM_ANSWERS.includes(name));
  const headers: OutgoingHttpHeaders = Object.fromEntries(kept);
  if (headers['content-type'] === 'application/json; charset=utf-8') headers['content-type'] = 'application/json';
  return headers;
}

async function forward(options: FrontOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const verdict = await judge(options.verifyToken, request.headers.authorization);
  const body = toForwardedBody(await buffer(request));
  const inner = http.request({
    host: '127.0.0.1',
    port: await options.innerPort,
    method: toForwardedMethod(request.method),
    path: toForwardedPath(request.url ?? '/'),
    headers: toForwardedHeaders(request.headers, verdict, body.length),
  });
  inner.on('error', () => answerAsGateway(response, 502, 'Internal Server Error'));
  inner.on('response', (answer) => {
    const status = answer.statusCode ?? 502;
    // Whatever has no request id was answered by serverless-offline's server, not by a function.
    if (answer.headers['x-request-id'] === undefined) {
      answer.resume();
      return answerAsGateway(response, status, http.STATUS_CODES[status] ?? 'Error');
    }
    response.writeHead(status, { ...toAnswerHeaders(answer), ...corsHeaders(options.cors, request.headers.origin) });
    return answer.pipe(response);
  });
  inner.end(body);
}

/**
 * What stands in for API Gateway offline: it verifies the bearer token and hands the function its claims in
 * API Gateway's encoding, answers preflights, and lets no client speak for itself. It listens nowhere yet.
 */
export function createFront(options: FrontOptions): http.Server {
  return http.createServer((request, response) => {
    if (isPreflight(options.cors, request)) {
      response.writeHead(204, preflightHeaders(options.cors, request.headers.origin)).end();
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      answerAsGateway(response, 413, 'Request Entity Too Large');
      return;
    }
    forward(options, request, response).catch(() => answerAsGateway(response, 500, 'Internal Server Error'));
  });
}
