import type { HeaderName } from '../lib/functions/apiFunction.ts';
import { EXAMPLE } from './examples.ts';
import type { Json } from './schemas.ts';

const header = (description: string, example: string | number, schema: Json = { type: 'string' }, required = false) => ({
  description,
  schema,
  ...(required ? { required } : {}),
  example,
});

const seconds = { type: 'integer', minimum: 0 };
const { taskPath, devicesPath, requestId, etag } = EXAMPLE;

/** `components.headers`: what answers carry beside `Content-Type`. */
export const headers = {
  'X-Request-Id': header('Names this request in the logs.', requestId),
  traceparent: header("W3C Trace Context: this request's span, in the caller's trace if it named one.", '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'),
  'Cache-Control': header(
    '`no-store`: nothing may be kept. `no-cache`: a copy may be, and has to be checked by its `ETag`.',
    'private, no-cache',
  ),
  'Cache-Status': header(
    'RFC 9211: how the store of results took part: `hit`, `fwd=miss` (`stored` if it is kept now) or `fwd=bypass`.',
    'iotcloud-rest; hit; ttl=2591000',
  ),
  ETag: header('For `If-None-Match`; each `Content-Encoding` has a tag of its own, and any of them is taken.', etag),
  Link: header(
    'RFC 8288: the pages `first`, `prev`, `next` and `last`, as they apply.',
    `<${devicesPath}?page=1>; rel="first", <${devicesPath}?page=1>; rel="last"`,
  ),
  Location: header('The path to go on with.', taskPath, { type: 'string', format: 'uri-reference' }, true),
  'Retry-After': header('Seconds to wait before the next try.', 2, seconds),
  'Idempotency-Replayed': header('`true` if the answer is that of an earlier request with this key.', 'true', { const: 'true' }),
  'Content-Encoding': header('How the body is compressed, if it is: from 1 KiB on, as `Accept-Encoding` allows, and never with secrets in it.', 'gzip'),
  Vary: header('Which headers of the request the answer depends on, if any.', 'accept-encoding'),
  Allow: header('The methods this path takes.', 'GET, HEAD', undefined, true),
  'WWW-Authenticate': header('RFC 6750: what the token lacks.', 'Bearer realm="iotcloud-rest"'),
  'apigw-requestid': header("The gateway's name of a request that it answered itself.", 'Jk3PqjmSIAMEbjA='),
} as const satisfies Record<HeaderName, Json>;

/** On every answer of the service itself. */
export const ownHeaders = ['X-Request-Id', 'traceparent', 'Cache-Control'] as const satisfies readonly HeaderName[];

export function headerRefs(names: readonly HeaderName[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
