import { errors, importJWK, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { TOKEN_ALGORITHM, type OfflineKeys } from './offlineKeys.ts';

export const OFFLINE_ISSUER = 'https://offline.iotcloud-rest.invalid/';
export const OFFLINE_AUDIENCE = 'iotcloud-rest';

export interface TokenRequest {
  /** Space-separated. */
  readonly scope: string;
  /** The `products` claim; left out if `undefined`. */
  readonly products?: readonly string[];
  readonly subject: string;
  /** Seconds from now; negative for an expired token. */
  readonly lifetimeS: number;
}

/** Signs a token of the offline stage. @param nowS Unix seconds */
export async function signOfflineToken(keys: OfflineKeys, request: TokenRequest, nowS: number): Promise<string> {
  const { scope, products, subject, lifetimeS } = request;
  const issuedAtS = Math.min(nowS, nowS + lifetimeS);
  return new SignJWT({ scope, client_id: 'offline', ...(products === undefined ? {} : { products }) })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: 'JWT' })
    .setIssuer(OFFLINE_ISSUER)
    .setAudience(OFFLINE_AUDIENCE)
    .setSubject(subject)
    .setIssuedAt(issuedAtS)
    .setNotBefore(issuedAtS)
    .setExpirationTime(nowS + lifetimeS)
    .sign(await importJWK(keys.tokenKey, TOKEN_ALGORITHM));
}

/** A claim as API Gateway hands it to a function: arrays as `[a b]`, everything else as text. */
export function encodeClaim(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encodeClaim).join(' ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export type EncodedClaims = Readonly<Record<string, string>>;

/** What became of the bearer token of a request. */
export type Verdict =
  | { readonly kind: 'none' }
  /** `reason` may be told to the client: a clause in English without quotation marks. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'verified'; readonly claims: EncodedClaims };

export type VerifyToken = (token: string) => Promise<Verdict>;

function encodeClaims(payload: JWTPayload): EncodedClaims {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, encodeClaim(value)]));
}

/** A token's own claims are told to nobody but the holder of a signed one: jose checks the signature first. */
function explain(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `the claim ${error.claim} was not accepted`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature was not accepted';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the algorithm was not accepted';
  return 'the token is malformed';
}

/**
 * What API Gateway's JWT authorizer does when deployed: signature by an allowed algorithm, issuer, audience,
 * `exp` (required), `nbf`. Claims are given in API Gateway's encoding.
 */
export async function createTokenVerifier(keys: OfflineKeys): Promise<VerifyToken> {
  const { d: _private, ...publicJwk } = keys.tokenKey;
  const key = await importJWK(publicJwk, TOKEN_ALGORITHM);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [TOKEN_ALGORITHM],
        issuer: OFFLINE_ISSUER,
        audience: OFFLINE_AUDIENCE,
        requiredClaims: ['exp'],
      });
      return { kind: 'verified', claims: encodeClaims(payload) };
    } catch (error) {
      return { kind: 'refused', reason: explain(error) };
    }
  };
}
