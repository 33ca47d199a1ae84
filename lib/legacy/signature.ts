import { createHmac } from 'node:crypto';

export type SignatureMethod = 'HmacSHA256' | 'HmacSHA1';
export type HttpMethod = 'GET' | 'POST';

/** One parameter of a legacy call; a list becomes `name.0`, `name.1`, … */
export type LegacyParameters = Readonly<Record<string, string | number | readonly string[]>>;
export type ParameterEntry = readonly [name: string, value: string];

const HASHES = { HmacSHA256: 'sha256', HmacSHA1: 'sha1' } as const satisfies Record<SignatureMethod, string>;

/** Lists flattened, 0-based, as the vendor wants arrays (`listDeviceName.0=a`). */
export function flattenParameters(parameters: LegacyParameters): ParameterEntry[] {
  const entries: ParameterEntry[] = [];
  for (const name in parameters) {
    const value = parameters[name];
    if (value === undefined) continue;
    if (typeof value === 'object') value.forEach((item, index) => entries.push([`${name}.${index}`, item]));
    else entries.push([name, String(value)]);
  }
  return entries;
}

/** Plain byte order: `a.10` before `a.2`, upper case before lower case. The vendor's names are ASCII. */
export function sortEntries(entries: readonly ParameterEntry[]): ParameterEntry[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** `name=value` joined by `&`, values raw; in names alone `_` becomes `.` (vendor's signature document). */
export function canonicalize(sorted: readonly ParameterEntry[]): string {
  let canonical = '';
  for (const [name, value] of sorted) {
    if (canonical !== '') canonical += '&';
    canonical += `${name.includes('_') ? name.replaceAll('_', '.') : name}=${value}`;
  }
  return canonical;
}

/** The same entries as they travel: names and values URL-encoded. */
export function encodeEntries(sorted: readonly ParameterEntry[]): string {
  let encoded = '';
  for (const [name, value] of sorted) {
    if (encoded !== '') encoded += '&';
    encoded += `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }
  return encoded;
}

/** METHOD + host (with its port where the URL names one) + path + `?` + canonical parameters. */
export function stringToSign(httpMethod: HttpMethod, host: string, path: string, canonical: string): string {
  return `${httpMethod}${host}${path}?${canonical}`;
}

/** HMAC of the string under the secret key, in base64. */
export function computeSignature(method: SignatureMethod, secretKey: string, text: string): string {
  return createHmac(HASHES[method], secretKey).update(text, 'utf8').digest('base64');
}

export interface SigningInput {
  readonly host: string;
  readonly path: string;
  readonly signatureMethod: SignatureMethod;
  readonly secretKey: string;
}

export interface SignedCall {
  readonly httpMethod: HttpMethod;
  /** Form-encoded parameters, `Signature` last: the query of a GET, the body of a POST. */
  readonly query: string;
}

// No limit of the vendor's is documented; proxies on the way commonly stop at 8 KB of request line.
const MAX_GET_QUERY_LENGTH = 2048;

/**
 * Encodes entries for sending and signs those very entries, so that what is signed is what is sent.
 * Short calls go by GET, long ones by form POST.
 * @see `docs/legacy-api.md`, "Signature"
 */
export function signCall(entries: readonly ParameterEntry[], input: SigningInput): SignedCall {
  const sorted = sortEntries(entries);
  const query = encodeEntries(sorted);
  const httpMethod = query.length > MAX_GET_QUERY_LENGTH ? 'POST' : 'GET';
  const text = stringToSign(httpMethod, input.host, input.path, canonicalize(sorted));
  const signature = computeSignature(input.signatureMethod, input.secretKey, text);
  return { httpMethod, query: `${query}&Signature=${encodeURIComponent(signature)}` };
}
