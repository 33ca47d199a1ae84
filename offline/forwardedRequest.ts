import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { EncodedClaims } from './offlineTokens.ts';

// serverless-offline fills the authorizer of the event from this header, whoever sent it.
const OVERRIDE = 'sls-offline-authorizer-override';

const NOT_FORWARDED = [
  // serverless-offline would put the unverified claims of any token into the event.
  'authorization',
  OVERRIDE,
  // Its server reflects any origin, rejects odd cookies, compresses and cuts ranges out; API Gateway does none of this.
  'origin',
  'cookie',
  'accept-encoding',
  'range',
  'if-range',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
  'upgrade',
] as const;

/** What the front found out about the bearer token of a request. */
export type Verdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'verified'; readonly claims: EncodedClaims };

/** The headers for serverless-offline: the client's own word about who it is replaced by the front's. */
export function toForwardedHeaders(headers: IncomingHttpHeaders, verdict: Verdict, bodyBytes: number): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !NOT_FORWARDED.some((dropped) => dropped === name));
  const authorizer = verdict.kind === 'verified' ? { jwt: { claims: verdict.claims, scopes: null } } : {};
  return {
    ...Object.fromEntries(kept),
    ...toForwardedType(headers['content-type']),
    // That a token was presented is all the function may know of one that was refused.
    ...(verdict.kind === 'none' ? {} : { authorization: 'Bearer withheld' }),
    [OVERRIDE]: toHeaderText(JSON.stringify(authorizer)),
    ...(bodyBytes === 0 ? {} : { 'content-length': bodyBytes }),
  };
}

// A media type with at most one parameter, which its server leaves alone.
const PLAIN_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[^;,]*)?$/;

/** What its server would answer by itself goes as another type that the function refuses as well: it takes none but JSON. */
function toForwardedType(contentType: string | undefined): OutgoingHttpHeaders {
  if (contentType === undefined) return {};
  return PLAIN_TYPE.test(contentType) && !/^multipart\//i.test(contentType) ? {} : { 'content-type': 'text/plain' };
}

// Its server serves HEAD by what serves GET, and OPTIONS by itself. No route takes either: for API Gateway they are as any other.
const ANSWERED_BY_SERVER: readonly (string | undefined)[] = ['HEAD', 'OPTIONS'];

/** The method for serverless-offline. */
export function toForwardedMethod(method: string | undefined): string | undefined {
  return ANSWERED_BY_SERVER.includes(method) ? 'PUT' : method;
}

/** A header holds visible ASCII only; JSON can spell everything else with escapes. */
function toHeaderText(json: string): string {
  return json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The path for serverless-offline: what its server would refuse or change on its own reaches the function. */
export function toForwardedPath(target: string): string {
  const [path = '', ...query] = target.split('?');
  // A stray `%`, or bytes that are no UTF-8, would be answered by the server itself; spelled out, the function finds them invalid.
  const escaped = path.replaceAll(/(?:%[0-9A-Fa-f]{2})+|%/g, (run) => (isDecodable(run) ? run : run.replaceAll('%', '%25')));
  // It takes one trailing slash off, so that `/v1/health/` would be `/v1/health`.
  const slashed = escaped.length > 1 && escaped.endsWith('/') ? `${escaped}/` : escaped;
  return [slashed, ...query].join('?');
}

/**
 * The body for serverless-offline, which parses JSON bodies and hands strings and falsy literals over parsed:
 * encoded once more they come out as they came in.
 */
export function toForwardedBody(body: Buffer): Buffer {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const survives = typeof value === 'object' ? value !== null : typeof value !== 'string' && Boolean(value);
    return survives ? body : Buffer.from(JSON.stringify(body.toString('utf8')));
  } catch {
    return body;
  }
}
