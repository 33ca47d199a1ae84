import { createHash } from 'node:crypto';
import type { IdempotencyUse } from '../deviceTasks/createTask.ts';
import { AppError } from '../errors.ts';
import type { Caller } from './caller.ts';
import type { Exchange } from './exchange.ts';

const NAME = 'Idempotency-Key';
const KEY = /^[\x21-\x7e]{1,255}$/;
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/** The key of the header's value, quoted (RFC 8941 string) or bare. @throws AppError naming the header */
export function parseIdempotencyKey(value: string): string {
  const trimmed = value.trim();
  const key = trimmed.startsWith('"') ? QUOTED.exec(trimmed)?.[1]?.replaceAll(/\\(["\\])/g, '$1') : trimmed;
  if (key !== undefined && KEY.test(key)) return key;
  const detail = 'must be 1 to 255 visible ASCII characters, quoted or bare';
  throw new AppError('invalid-request', `Not valid: ${NAME}.`, { errors: [{ in: 'header', name: NAME, detail }] });
}

/** Whose key it is: a hash of issuer and subject, or of issuer and client if there is no subject. */
export function hashCaller({ iss, sub, client }: Caller): string {
  const who = sub === undefined ? ['client', iss, client] : ['sub', iss, sub];
  return createHash('sha256').update(JSON.stringify(who)).digest('base64url');
}

/** The key a request carries, and whose it is; `undefined` if it has none. @throws AppError naming the header */
export function readIdempotencyUse({ request, caller, endsAtMs }: Exchange): IdempotencyUse | undefined {
  const value = request.headers.get(NAME.toLowerCase());
  if (value === undefined || caller === undefined) return undefined;
  return { key: parseIdempotencyKey(value), callerHash: hashCaller(caller), endsAtMs };
}
