import { createHash, createHmac } from 'node:crypto';

/** What a TC3 signature covers of one call: a POST of JSON to `/`. */
export interface SigningInput {
  /** The endpoint's host, with its port if it names one. */
  readonly host: string;
  readonly action: string;
  /** The body, byte for byte as it is sent. */
  readonly payload: string;
  /** Unix seconds by the vendor's clock. */
  readonly timestampS: number;
  readonly secretId: string;
  readonly secretKey: string;
}

export const CONTENT_TYPE = 'application/json; charset=utf-8';

const ALGORITHM = 'TC3-HMAC-SHA256';
// The first label of every host the vendor documents for this API, whatever endpoint a stage is given.
const SERVICE = 'iotcloud';

const sha256Hex = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Headers as they are signed. */
export interface CanonicalHeaders {
  readonly lines: string;
  readonly names: string;
}

/** Lower-case names and trimmed values, sorted by name. @param headers by name, lower case or not */
export function canonicalHeaders(headers: Readonly<Record<string, string>>): CanonicalHeaders {
  const sorted = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { lines: sorted.map(([name, value]) => `${name}:${value}\n`).join(''), names: sorted.map(([name]) => name).join(';') };
}

/** Method, path, query, headers, their names and the hash of the payload, a line each. */
export function canonicalRequest(method: 'GET' | 'POST', query: string, { lines, names }: CanonicalHeaders, payload: string): string {
  return [method, '/', query, lines, names, sha256Hex(payload)].join('\n');
}

/** The day, in UTC, and the service a signature is good for. */
export interface CredentialScope {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly service: string;
}

export const dateOf = (timestampS: number) => new Date(timestampS * 1000).toISOString().slice(0, 10);

const formatScope = ({ date, service }: CredentialScope) => `${date}/${service}/tc3_request`;

export function stringToSign(timestampS: number, scope: CredentialScope, request: string): string {
  return [ALGORITHM, timestampS, formatScope(scope), sha256Hex(request)].join('\n');
}

/** The key that signs for one day: three HMACs away from the secret key. */
export function deriveKey(secretKey: string, { date, service }: CredentialScope): Buffer {
  return hmac(hmac(hmac(`TC3${secretKey}`, date), service), 'tc3_request');
}

export type DeriveKey = typeof deriveKey;

/** Keeps the last derived key, which is good for a day; a rotated secret key derives anew. */
export function createKeyDerivation(): DeriveKey {
  let last: { readonly id: string; readonly key: Buffer } | undefined;
  return (secretKey, scope) => {
    // A hash, so that what is compared is not the secret itself.
    const id = sha256Hex(JSON.stringify([secretKey, scope.date, scope.service]));
    if (last?.id !== id) last = { id, key: deriveKey(secretKey, scope) };
    return last.key;
  };
}

/**
 * The headers of a signed call, `Host` left to the connection.
 * @param derive `createKeyDerivation()`, kept as long as its caller lives
 * @see `docs/tencent-api-3.md`, "TC3-HMAC-SHA256"
 */
export function signCall(input: SigningInput, derive: DeriveKey): Readonly<Record<string, string>> {
  const { host, action, payload, timestampS, secretId, secretKey } = input;
  // The newer documents sign the action too, in lower case.
  const signed = canonicalHeaders({ 'content-type': CONTENT_TYPE, host, 'x-tc-action': action.toLowerCase() });
  const scope = { date: dateOf(timestampS), service: SERVICE };
  const text = stringToSign(timestampS, scope, canonicalRequest('POST', '', signed, payload));
  const signature = createHmac('sha256', derive(secretKey, scope)).update(text).digest('hex');
  const credential = `Credential=${secretId}/${formatScope(scope)}`;
  return {
    'content-type': CONTENT_TYPE,
    'x-tc-action': action,
    'x-tc-timestamp': String(timestampS),
    authorization: `${ALGORITHM} ${credential}, SignedHeaders=${signed.names}, Signature=${signature}`,
  };
}
