import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export type SignatureMethod = 'HmacSHA256' | 'HmacSHA1';
export type HttpMethod = 'GET' | 'POST';

/** One parameter of a legacy call; a list becomes `name.0`, `name.1`, … */
export type LegacyParameters = Readonly<Record<string, string | number | readonly string[]>>;
export type ParameterEntry = readonly [name: string, value: string];

const HASHES = { HmacSHA256: 'sha256', HmacSHA1: 'sha1' } as const satisfies Record<SignatureMethod, string>;

/** Into its place from the end: for the ten entries of a read this takes half the time of `toSorted`. */
function insertByName(sorted: ParameterEntry[], entry: ParameterEntry): void {
  let place = sorted.length;
  while (place > 0) {
    const before = sorted[place - 1];
    if (before === undefined || before[0] <= entry[0]) break;
    sorted[place] = before;
    place -= 1;
  }
  sorted[place] = entry;
}

/**
 * Parameters as entries in plain byte order: `a.10` before `a.2`, upper case before lower case; the vendor's
 * names are ASCII. Lists are flattened, 0-based, as the vendor wants arrays (`listDeviceName.0=a`).
 */
export function toSortedEntries(parameters: LegacyParameters): ParameterEntry[] {
  const sorted: ParameterEntry[] = [];
  for (const name in parameters) {
    const value = parameters[name];
    if (value === undefined) continue;
    if (typeof value === 'object') value.forEach((item, index) => insertByName(sorted, [`${name}.${index}`, item]));
    else insertByName(sorted, [name, typeof value === 'string' ? value : String(value)]);
  }
  return sorted;
}

/** The two forms of a parameter list. */
export interface WrittenEntries {
  /** As it is signed: values raw; in names alone `_` becomes `.` (vendor's signature document). */
  readonly canonical: string;
  /** As it travels: names and values URL-encoded. */
  readonly encoded: string;
}

/** By character code, of ASCII: 1 where the pattern has the character. */
const tableOf = (pattern: RegExp) => Uint8Array.from({ length: 128 }, (_, code) => Number(pattern.test(String.fromCharCode(code))));

// What travels as it is signed: RFC 3986's unreserved characters, but in a name `_` is signed as `.`.
const PLAIN_IN_NAMES = tableOf(/[A-Za-z0-9.~-]/);
const PLAIN_IN_VALUES = tableOf(/[A-Za-z0-9._~-]/);

function isPlain(text: string, plain: Uint8Array): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127 || plain[code] === 0) return false;
  }
  return true;
}

function writeBoth(sorted: readonly ParameterEntry[]): WrittenEntries {
  const canonical: string[] = [];
  const encoded: string[] = [];
  for (const [name, value] of sorted) {
    canonical.push(`${name.replaceAll('_', '.')}=${value}`);
    encoded.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  return { canonical: canonical.join('&'), encoded: encoded.join('&') };
}

/**
 * Writes sorted entries in both forms: what is signed is what is sent. Where nothing needs encoding, as in
 * every read, the two forms are one string, written in one traversal.
 */
export function writeEntries(sorted: readonly ParameterEntry[]): WrittenEntries {
  let written = '';
  for (const [name, value] of sorted) {
    if (!isPlain(name, PLAIN_IN_NAMES) || !isPlain(value, PLAIN_IN_VALUES)) return writeBoth(sorted);
    // A chain of concatenations: V8 joins it in one go, a template with a condition in it piece by piece.
    written += written === '' ? name + '=' + value : '&' + name + '=' + value;
  }
  return { canonical: written, encoded: written };
}

/** METHOD + host (with its port where the URL names one) + path + `?` + canonical parameters. */
export function stringToSign(httpMethod: HttpMethod, host: string, path: string, canonical: string): string {
  return httpMethod + host + path + '?' + canonical;
}

let prepared: { readonly secretKey: string; readonly key: KeyObject } | undefined;

/** The key as `node:crypto` has it, made once for each key in use: making it is a tenth of a signature. */
function prepareKey(secretKey: string): KeyObject {
  if (prepared?.secretKey !== secretKey) prepared = { secretKey, key: createSecretKey(secretKey, 'utf8') };
  return prepared.key;
}

/** HMAC of the string under the secret key, in base64. */
export function computeSignature(method: SignatureMethod, secretKey: string, text: string): string {
  return createHmac(HASHES[method], prepareKey(secretKey)).update(text).digest('base64');
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
 * Encodes parameters for sending and signs those very entries, so that what is signed is what is sent.
 * Short calls go by GET, long ones by form POST.
 * @see `docs/legacy-api.md`, "Signature"
 */
export function signCall(parameters: LegacyParameters, input: SigningInput): SignedCall {
  const { canonical, encoded } = writeEntries(toSortedEntries(parameters));
  const httpMethod = encoded.length > MAX_GET_QUERY_LENGTH ? 'POST' : 'GET';
  const text = stringToSign(httpMethod, input.host, input.path, canonical);
  const signature = computeSignature(input.signatureMethod, input.secretKey, text);
  return { httpMethod, query: `${encoded}&Signature=${encodeURIComponent(signature)}` };
}
