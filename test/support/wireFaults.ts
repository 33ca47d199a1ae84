import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What can go wrong on the way; `faultKinds` says how each one looks on the wire. */
export const faultKinds = {
  refuse: 'nobody listens: connections are refused',
  'reset-before-request': 'a TCP reset as soon as the connection stands',
  'reset-after-request': 'the request arrives and is carried out, then a TCP reset instead of its answer',
  hang: 'the request is read and never answered',
  trickle: 'the answer comes a byte at a time, too slowly',
  truncate: 'the connection ends in the middle of the body',
  garbage: 'bytes that are no HTTP',
  'broken-body': 'HTTP 200 whose body is the beginning of the right one',
  html: 'HTTP 200 with an HTML page',
  redirect: 'HTTP 302 to another place',
  'status-500': 'HTTP 500',
  'huge-body': 'HTTP 200 with a body without end',
  'length-too-long': 'a content length longer than the body, the connection left open',
  'length-too-short': 'a content length shorter than the body',
  'bad-tls': 'a certificate nobody trusts',
  throttle: 'HTTP 400 `ProvisionedThroughputExceededException`',
  slow: 'the right answer, 50 ms late',
} as const;

export type Fault = keyof typeof faultKinds;

/** A whole answer of the target. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

const TRICKLE_MS = 25;
const SLOW_MS = 50;
const ON_CONNECTION: readonly Fault[] = ['refuse', 'reset-before-request', 'bad-tls'];
const ENDED_BY_THE_CLIENT: readonly Fault[] = ['hang', 'trickle', 'length-too-long'];
const NEVER_FORWARDED: readonly Fault[] = ['hang', 'garbage', 'html', 'redirect', 'status-500', 'huge-body', 'throttle'];

/** Whether a fault hits a connection, before any request is known. */
export const hitsConnections = (fault: Fault) => ON_CONNECTION.includes(fault);

/** Whether only the time-out of the client ends what is hit. */
export const isHeld = (fault: Fault | undefined) => fault !== undefined && ENDED_BY_THE_CLIENT.includes(fault);

/** Whether a request that is hit reaches the target all the same. */
export const isForwarded = (fault: Fault) => !NEVER_FORWARDED.includes(fault);

/** As fast as 128 KB a millisecond: enough to be too much, without filling the memory of whoever sets no limit. */
function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(128 * 1024, ' ');
  response.writeHead(200);
  const timer = setInterval(() => response.write(chunk), 1);
  response.once('close', () => clearInterval(timer));
}

function trickle(response: ServerResponse, body: Buffer): void {
  let position = 0;
  const timer = setInterval(() => {
    if (position < body.length) response.write(body.subarray(position, (position += 1)));
    else response.end();
  }, TRICKLE_MS);
  response.once('close', () => clearInterval(timer));
}

const throttled = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  message: 'The level of configured provisioned throughput for the table was exceeded.',
});

/** Answers that need no target. */
export function fake(fault: Fault, response: ServerResponse): void {
  const json = { 'content-type': 'application/x-amz-json-1.0' };
  if (fault === 'garbage') response.socket?.end('\u0016\u0003 this is no HTTP \r\n\r\n');
  else if (fault === 'html') response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Welcome</body></html>');
  else if (fault === 'redirect') response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
  else if (fault === 'status-500') response.writeHead(500, json).end('{"__type":"InternalServerError"}');
  else if (fault === 'throttle') response.writeHead(400, json).end(throttled);
  else if (fault === 'huge-body') flood(response);
}

/** The target's own answer, as the fault lets it through. */
export function spoil(fault: Fault | undefined, { status, headers, body }: Answer, response: ServerResponse): void {
  const half = body.subarray(0, body.length >> 1);
  const withLength = (length: number) => response.writeHead(status, { ...headers, 'content-length': length });
  if (fault === 'reset-after-request') response.socket?.resetAndDestroy();
  else if (fault === 'truncate') withLength(body.length).write(half, () => response.socket?.end());
  else if (fault === 'broken-body') withLength(half.length).end(half);
  else if (fault === 'trickle') trickle(withLength(body.length), body);
  else if (fault === 'length-too-long') withLength(body.length + 10).write(body);
  else if (fault === 'length-too-short') withLength(half.length).end(body);
  else if (fault === 'slow') setTimeout(() => withLength(body.length).end(body), SLOW_MS);
  else withLength(body.length).end(body);
}
