import { createHash } from 'node:crypto';

/** SHA-256 over the JSON of the names, in order, in base64url. */
export function hashNames(deviceNames: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(deviceNames)).digest('base64url');
}

/** The same over the sorted names: equal for equal names in any order. */
export function hashNameSet(deviceNames: readonly string[]): string {
  return hashNames(deviceNames.toSorted());
}
