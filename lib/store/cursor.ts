import { createHash } from 'node:crypto';
import type { ListRef } from './keys.ts';

// Raised if a sort key of the old form would lead to another place in the new one.
const VERSION = 1;

// Stands in no version, kind, sort key or checksum.
const SEPARATOR = '.';

const CHECKSUM_LENGTH = 16;

function checksum({ account, kind, productId }: ListRef, sortKey: string): string {
  const covered = JSON.stringify([VERSION, kind, sortKey, account, productId]);
  return createHash('sha256').update(covered).digest('base64url').slice(0, CHECKSUM_LENGTH);
}

/**
 * Names a place in a list: what lies below its sort key comes next. Opaque to clients and no secret: the checksum
 * tells a cursor of another list from one of this list, it does not keep anybody from making one.
 */
export function makeCursor(list: ListRef, sortKey: string): string {
  const parts = [VERSION, list.kind, sortKey, checksum(list, sortKey)];
  return Buffer.from(parts.join(SEPARATOR), 'utf8').toString('base64url');
}

/** @returns the sort key, or `undefined` if the cursor is not one that `makeCursor` makes for this list, to the letter */
export function readCursor(list: ListRef, cursor: string): string | undefined {
  const [, , sortKey = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(SEPARATOR);
  return makeCursor(list, sortKey) === cursor ? sortKey : undefined;
}
