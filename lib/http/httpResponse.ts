import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { matchesEntityTag } from './entityTags.ts';

/** What a handler answers with, before it is bytes. */
export interface Answer {
  readonly status: number;
  /** A string and bytes as they are; anything else as JSON; left out, there is none. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** `validate`: strong `ETag`, 304 on a match; `no-store`: kept nowhere. `public`: validated, by anyone. */
  readonly caching: 'validate' | 'public' | 'no-store';
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

/** Turns an answer into bytes, or into a 304 if the client holds them already. */
export function toHttpResponse(answer: Answer, ifNoneMatch: string | undefined): HttpResponse {
  const headers: Record<string, string> = { ...answer.headers, 'cache-control': CACHE_CONTROL[answer.caching] };
  if (answer.body === undefined) return { statusCode: answer.status, headers, body: '' };
  const bytes = answer.body instanceof Uint8Array ? Buffer.from(answer.body) : undefined;
  const body = bytes?.toString('base64') ?? (typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  if (answer.caching !== 'no-store') {
    headers['etag'] = entityTag(body);
    if (ifNoneMatch !== undefined && matchesEntityTag(ifNoneMatch, headers['etag']))
      return { statusCode: 304, headers, body: '' };
  }
  headers['content-type'] = answer.contentType ?? 'application/json';
  return { statusCode: answer.status, headers, body, ...(bytes === undefined ? {} : { isBase64Encoded: true }) };
}
