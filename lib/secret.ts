import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A string that prints as `[redacted]` in logs, errors, templates and JSON unless `reveal` is called. */
export interface Secret {
  readonly reveal: () => string;
  readonly toJSON: () => string;
  readonly toString: () => string;
}

/** Wraps a secret; the value lives in the closure alone, so no enumeration or inspection finds it. */
export function createSecret(value: string): Secret {
  const redacted = () => REDACTED;
  const secret = {};
  for (const key of ['toJSON', 'toString', inspect.custom]) Object.defineProperty(secret, key, { value: redacted });
  Object.defineProperty(secret, 'reveal', { value: () => value });
  // The four properties above are what `Secret` names; defineProperty hides them from the type checker.
  return Object.freeze(secret) as Secret;
}
