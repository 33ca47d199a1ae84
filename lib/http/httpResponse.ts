import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { once } from '../baseContainer.ts';
import { matchesEntityTag } from './entityTags.ts';

/** What a handler answers with, before it is bytes. */
export interface Answer {
  readonly status: number;
  /** A string and bytes as they are; anything else as JSON; left out, there is none. A function makes it if it is sent. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** What the body is compressed in. A 304 does not tell it: the client may hold the same in another. */
  readonly contentEncoding?: string;
  /** `validate`: strong `ETag`, 304 on a match; `no-store`: kept nowhere. `public`: validated, by anyone. */
  readonly caching: 'validate' | 'public' | 'no-store';
  /** Entity tags known beforehand: this answer's, and those of the same in other encodings. */
  readonly etags?: { readonly own: string; readonly others: readonly string[] };
}

export type HttpResponse = APIGatewayProxyStructuredResultV2 & {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
};

const CACHE_CONTROL = {
  validate: 'private, no-cache',
  public: 'public, no-cache',
  'no-store': 'no-store',
} as const satisfies Record<Answer['caching'], string>;

/** The answer to HEAD: what GET would be answered, without the body. */
export function withoutBody({ statusCode, headers }: HttpResponse): HttpResponse {
  return { statusCode, headers, body: '' };
}

/** A strong entity tag: the same bytes, the same tag. */
export function entityTag(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** The body as API Gateway takes it. */
function encodeBody(given: unknown): { body: string; isBase64Encoded?: true } {
  const made: unknown = typeof given === 'function' ? given() : given;
  if (made instanceof Uint8Array) return { body: Buffer.from(made).toString('base64'), isBase64Encoded: true };
  return { body: typeof made === 'string' ? made : JSON.stringify(made) };
}

/** Turns an answer into bytes, or into a 304 if the client holds them already, in whichever encoding. */
export function toHttpResponse(answer: Answer, ifNoneMatch: string | undefined): HttpResponse {
  const headers: Record<string, string> = { ...answer.headers, 'cache-control': CACHE_CONTROL[answer.caching] };
  if (answer.body === undefined) return { statusCode: answer.status, headers, body: '' };
  const encode = once(() => encodeBody(answer.body));
  if (answer.caching !== 'no-store') {
    const { own, others } = answer.etags ?? { own: entityTag(encode().body), others: [] };
    headers['etag'] = own;
    if (ifNoneMatch !== undefined && [own, ...others].some((etag) => matchesEntityTag(ifNoneMatch, etag)))
      return { statusCode: 304, headers, body: '' };
  }
  headers['content-type'] = answer.contentType ?? 'application/json';
  if (answer.contentEncoding !== undefined) headers['content-encoding'] = answer.contentEncoding;
  return { statusCode: answer.status, headers, ...encode() };
}
