import { createHmac } from 'node:crypto';

export type SignatureMethod = 'HmacSHA256' | 'HmacSHA1';
export type HttpMethod = 'GET' | 'POST';

/** The parameters of a call; a list becomes `name.0`, `name.1`, … */
export type QueryParameters = Readonly<Record<string, string | number | readonly string[]>>;
export type ParameterEntry = readonly [name: string, value: string];

const HASHES = { HmacSHA256: 'sha256', HmacSHA1: 'sha1' } as const satisfies Record<SignatureMethod, string>;

/** Parameters as entries in byte order: `a.10` before `a.2`, upper case before lower case; the vendor's names are ASCII. */
export function toSortedEntries(parameters: QueryParameters): ParameterEntry[] {
  const entries: ParameterEntry[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value === 'object') value.forEach((item, index) => entries.push([`${name}.${index}`, item]));
    else entries.push([name, String(value)]);
  }
  return entries.toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
}

/** As the entries are signed: values raw; in names alone `_` becomes `.` */
export function canonicalize(entries: readonly ParameterEntry[]): string {
  return entries.map(([name, value]) => `${name.replaceAll('_', '.')}=${value}`).join('&');
}

/** As the entries are sent. */
export function encode(entries: readonly ParameterEntry[]): string {
  return entries.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

/** METHOD + host (with its port if the URL names one) + path + `?` + canonical parameters. */
export function stringToSign(httpMethod: HttpMethod, host: string, path: string, canonical: string): string {
  return `${httpMethod}${host}${path}?${canonical}`;
}

/** HMAC of the string under the secret key, in base64. */
export function computeSignature(method: SignatureMethod, secretKey: string, text: string): string {
  return createHmac(HASHES[method], secretKey).update(text).digest('base64');
}

export interface SigningInput {
  readonly host: string;
  readonly path: string;
  readonly signatureMethod: SignatureMethod;
  readonly secretKey: string;
}

export interface SignedCall {
  readonly httpMethod: HttpMethod;
  /** Encoded parameters, `Signature` last: the query of a GET, the body of a POST. */
  readonly query: string;
}

// No limit of the vendor's is documented; proxies on the way commonly stop at 8 KB of request line.
const MAX_GET_QUERY_LENGTH = 2048;

/**
 * Signs and encodes the same entries, so that what is signed is what is sent. Short calls go by GET, long ones by POST.
 * @see `docs/legacy-api.md`, "Signature"
 */
export function signCall(parameters: QueryParameters, { host, path, signatureMethod, secretKey }: SigningInput): SignedCall {
  const entries = toSortedEntries(parameters);
  const encoded = encode(entries);
  const httpMethod = encoded.length > MAX_GET_QUERY_LENGTH ? 'POST' : 'GET';
  const text = stringToSign(httpMethod, host, path, canonicalize(entries));
  const signature = encodeURIComponent(computeSignature(signatureMethod, secretKey, text));
  return { httpMethod, query: `${encoded}&Signature=${signature}` };
}
