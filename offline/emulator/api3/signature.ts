import { createHash, createHmac } from 'node:crypto';
import type { ReceivedRequest } from '../startServer.ts';

/** What an `Authorization` header names. */
export interface Authorization {
  readonly secretId: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d\d-\d\d)\/([a-z0-9_-]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** @returns `undefined` if the header is not of the documented form, or leaves out what must be signed */
export function readAuthorization(header: string | undefined): Authorization | undefined {
  const [, secretId, date, service, names, signature] = AUTHORIZATION.exec(header ?? '') ?? [];
  if (secretId === undefined || date === undefined || service === undefined || names === undefined || signature === undefined) return undefined;
  const signedHeaders = names.split(';');
  return signedHeaders.includes('content-type') && signedHeaders.includes('host')
    ? { secretId, date, service, signedHeaders, signature }
    : undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The action is signed in lower case, whatever case it is sent in. */
function signedValue({ headers }: ReceivedRequest, name: string, host: string): string {
  if (name === 'host') return host;
  const value = String(headers[name] ?? '').trim();
  return name === 'x-tc-action' ? value.toLowerCase() : value;
}

function sign(request: ReceivedRequest, { date, service, signedHeaders }: Authorization, secretKey: string, host: string): string {
  const lines = signedHeaders.toSorted().map((name) => `${name}:${signedValue(request, name, host)}`);
  const parts = [request.method, request.path, request.query, ...lines, '', signedHeaders.toSorted().join(';'), sha256(request.body)];
  const day = `${date}/${service}/tc3_request`;
  const text = ['TC3-HMAC-SHA256', request.headers['x-tc-timestamp'], day, sha256(parts.join('\n'))].join('\n');
  const key = [date, service, 'tc3_request'].reduce<Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    Buffer.from(`TC3${secretKey}`),
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

/**
 * Whether the signature is right: over any headers with content type and host among them. The vendor's own SDK signs
 * the host without the port it sends it with, so both are right. Source: "TC3-HMAC-SHA256" in tencent-api-3.md.
 */
export function isSignatureRight(request: ReceivedRequest, authorization: Authorization, secretKey: string): boolean {
  const { host = '' } = request.headers;
  return [host, host.replace(/:\d+$/, '')].some((form) => sign(request, authorization, secretKey, form) === authorization.signature);
}
