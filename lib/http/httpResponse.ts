import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { matchesEntityTag } from './entityTags.ts';
import { chooseRepresentation, representText, type Representation } from './representations.ts';

/** What a handler answers with, before it is bytes. */
export interface Answer {
  readonly status: number;
  /** A string as it is, anything else as JSON; left out, there is none. */
  readonly body?: unknown;
  /** In place of `body`: its encodings, made beforehand, the best first, `identity` last. */
  readonly prepared?: readonly Representation[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** `validate`: strong `ETag`, 304 on a match; `no-store`: kept nowhere. `public`: validated, by anyone. */
  readonly caching: 'validate' | 'public' | 'no-store';
}

/** What of a request decides in which form it is answered. */
export interface Wishes {
  readonly ifNoneMatch?: string | undefined;
  readonly acceptEncoding?: string | undefined;
  /** Then nothing is compressed: how well secrets compress with what stands beside them tells of them (BREACH). */
  readonly asksForSecrets?: boolean;
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

const DEFAULT_TYPE = 'application/json';

/** The answer to HEAD: what GET would be answered, without the body. */
export function withoutBody({ statusCode, headers }: HttpResponse): HttpResponse {
  return { statusCode, headers, body: '' };
}

function represent({ body, prepared, contentType = DEFAULT_TYPE }: Answer, asksForSecrets: boolean): readonly Representation[] {
  const all = prepared ?? representText(typeof body === 'string' ? body : JSON.stringify(body), contentType);
  return asksForSecrets ? all.filter(({ encoding }) => encoding === 'identity') : all;
}

/** The body as API Gateway takes it. */
function encodeBody(content: string | Uint8Array): { body: string; isBase64Encoded?: true } {
  return typeof content === 'string' ? { body: content } : { body: Buffer.from(content).toString('base64'), isBase64Encoded: true };
}

/** Turns an answer into bytes, or into a 304 if the client holds them already, in whichever encoding. */
export function toHttpResponse(answer: Answer, { ifNoneMatch, acceptEncoding, asksForSecrets = false }: Wishes = {}): HttpResponse {
  const headers: Record<string, string> = { ...answer.headers, 'cache-control': CACHE_CONTROL[answer.caching] };
  if (answer.body === undefined && answer.prepared === undefined) return { statusCode: answer.status, headers, body: '' };
  const all = represent(answer, asksForSecrets);
  const chosen = chooseRepresentation(all, acceptEncoding);
  if (all.length > 1) headers['vary'] = [headers['vary'] ?? [], 'accept-encoding'].flat().join(', ');
  if (answer.caching !== 'no-store') {
    headers['etag'] = chosen.etag();
    if (ifNoneMatch !== undefined && all.some(({ etag }) => matchesEntityTag(ifNoneMatch, etag()))) return { statusCode: 304, headers, body: '' };
  }
  headers['content-type'] = answer.contentType ?? DEFAULT_TYPE;
  if (chosen.encoding !== 'identity') headers['content-encoding'] = chosen.encoding;
  return { statusCode: answer.status, headers, ...encodeBody(chosen.content()) };
}
