import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature covers: the HTTP method, the Host header with its port as sent, the path and every parameter. */
export interface SignedParts {
  readonly httpMethod: 'GET' | 'POST';
  readonly host: string;
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
}

function byBytes([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * The vendor's string to sign: METHOD + host + path + `?` + the parameters but Signature, sorted by name in byte
 * order and joined raw. Names, never values, are written with `.` for `_`: PHP, behind the endpoint, turns the one
 * into the other. Source: "Signature" in legacy-api.md.
 */
export function stringToSign({ httpMethod, host, path, params }: SignedParts): string {
  const pairs = [...params].filter(([name]) => name !== 'Signature').toSorted(byBytes);
  const query = pairs.map(([name, value]) => `${name.replaceAll('_', '.')}=${value}`).join('&');
  return `${httpMethod}${host}${path}?${query}`;
}

/** The right signature, in base64: HMAC-SHA256 if SignatureMethod is exactly `HmacSHA256`, else HMAC-SHA1. */
export function computeSignature(parts: SignedParts, secretKey: string): string {
  const hash = parts.params.get('SignatureMethod') === 'HmacSHA256' ? 'sha256' : 'sha1';
  return createHmac(hash, secretKey).update(stringToSign(parts), 'utf8').digest('base64');
}

/** Compares texts in a time that tells nothing of where they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Whether the call's Signature is the right one. The texts are compared, not the bytes they encode: a `+` that was
 * not URL-encoded arrives as a space, and the vendor refuses it.
 */
export function isSignatureRight(parts: SignedParts, secretKey: string): boolean {
  return isSameSecret(parts.params.get('Signature') ?? '', computeSignature(parts, secretKey));
}
