import { AppError } from '../errors.ts';
import type { Scope } from '../functions/apiFunction.ts';
import type { HttpRequest } from './httpRequest.ts';

/** Whom API Gateway verified, and what its token grants. */
export interface Caller {
  readonly iss: string | undefined;
  readonly sub: string | undefined;
  readonly client: string | undefined;
  readonly scopes: ReadonlySet<string>;
  /** `undefined`: the token does not limit products. */
  readonly products: ReadonlySet<string> | undefined;
}

const REALM = 'Bearer realm="iotcloud-rest"';
const PRODUCT = /^[A-Za-z0-9_-]{1,64}$/;

type Claims = Readonly<Record<string, unknown>>;

function textClaim(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list in API Gateway's encoding: an array arrives as `[a b]`, a space-separated string as itself. */
export function parseListClaim(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  const inner = value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
  return inner.split(' ').filter((item) => item !== '');
}

// What API Gateway makes of values that are no text.
const NO_TEXT: readonly string[] = ['null', 'true', 'false'];

/** Present but unreadable allows nothing, not everything. */
function readProducts(claims: Claims): ReadonlySet<string> | undefined {
  if (!('products' in claims)) return undefined;
  const products = parseListClaim(claims['products']);
  return new Set(products.every((product) => PRODUCT.test(product) && !NO_TEXT.includes(product)) ? products : []);
}

/** Reads the caller out of verified claims. @throws AppError `unauthorized` if there are none (RFC 6750) */
export function readCaller(request: HttpRequest): Caller {
  const { claims } = request;
  if (claims === undefined) {
    const presented = request.headers.has('authorization');
    const challenge = presented ? `${REALM}, error="invalid_token"` : REALM;
    const detail = presented ? 'The bearer token was not accepted.' : 'This path needs a bearer token.';
    throw new AppError('unauthorized', detail, { headers: { 'www-authenticate': challenge } });
  }
  return {
    iss: textClaim(claims, 'iss'),
    sub: textClaim(claims, 'sub'),
    client: textClaim(claims, 'client_id') ?? textClaim(claims, 'azp'),
    scopes: new Set([...parseListClaim(claims['scope']), ...parseListClaim(claims['scp'])]),
    products: readProducts(claims),
  };
}

/** Who a caller is, as an audit line names him. */
export function identityOf({ iss, sub, client }: Partial<Pick<Caller, 'iss' | 'sub' | 'client'>> = {}) {
  return {
    ...(iss === undefined ? {} : { iss }),
    ...(sub === undefined ? {} : { sub }),
    ...(client === undefined ? {} : { client }),
  };
}

/**
 * Callers without a name would share their idempotency keys, and the audit line would name nobody.
 * @throws AppError `forbidden` if the token names neither a subject nor a client
 */
export function requireIdentity({ sub, client }: Caller): void {
  if (sub !== undefined || client !== undefined) return;
  throw new AppError('forbidden', 'The token names neither a subject nor a client.');
}

/** @throws AppError `forbidden` if the token lacks one of the scopes */
export function requireScopes(caller: Caller, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !caller.scopes.has(scope));
  if (missing.length === 0) return;
  const scope = missing.join(' ');
  throw new AppError('forbidden', `The token lacks the scope ${scope}.`, {
    headers: { 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${scope}"` },
  });
}

/** @throws AppError `forbidden` if the token names other products, or none on a stage that demands the claim */
export function requireProduct(caller: Caller, productId: string, productsClaim: 'optional' | 'required'): void {
  if (caller.products === undefined && productsClaim === 'optional') return;
  if (caller.products?.has(productId)) return;
  throw new AppError('forbidden', 'The token does not allow this product.');
}
