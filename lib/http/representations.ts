import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { once } from '../baseContainer.ts';
import { negotiateEncoding } from './negotiateEncoding.ts';

/** A body in one of the encodings it can be sent in. */
export interface Representation {
  readonly encoding: 'br' | 'gzip' | 'identity';
  /** Strong: the same bytes, the same tag. */
  readonly etag: () => string;
  readonly content: () => string | Uint8Array;
  /** Whether it takes fewer bytes than `identity` does; it does if this is left out. */
  readonly isSmaller?: () => boolean;
}

// Below this, what compressing saves is less than the headers take.
const MIN_COMPRESSED_BYTES = 1024;
const COMPRESSED_TYPES = /^(?:application\/(?:problem\+)?json|text\/csv)(?:;|$)/;

function entityTag(text: string): string {
  return `"${createHash('sha256').update(text, 'utf8').digest('base64url').slice(0, 27)}"`;
}

/**
 * A text in its encodings, the best first, `identity` last; gzip alone beside it, since Brotli, if it is to be as fast,
 * finds no more in a page of certificates. The compressed one's tag follows from the text, so that a 304 compresses nothing.
 */
export function representText(text: string, contentType: string): readonly Representation[] {
  const bytes = Buffer.byteLength(text, 'utf8');
  const etag = once(() => entityTag(text));
  const identity: Representation = { encoding: 'identity', etag, content: () => text };
  if (bytes < MIN_COMPRESSED_BYTES || !COMPRESSED_TYPES.test(contentType)) return [identity];
  const compress = once(() => gzipSync(text));
  const gzip: Representation = {
    encoding: 'gzip',
    etag: () => etag().replace(/"$/, '-gzip"'),
    content: compress,
    // ASCII always shrinks, as it uses seven bits of eight; of anything else only trying can tell.
    isSmaller: () => bytes === text.length || compress().length < bytes,
  };
  return [gzip, identity];
}

/** The representation that `Accept-Encoding` asks for; `identity` if that one does not shrink. @param all the best first, `identity` among them */
export function chooseRepresentation(all: readonly Representation[], acceptEncoding: string | undefined): Representation {
  const compressed = all.flatMap(({ encoding }) => (encoding === 'identity' ? [] : [encoding]));
  const wanted = negotiateEncoding(acceptEncoding, compressed);
  const found = all.find(({ encoding, isSmaller = () => true }) => encoding === wanted && isSmaller());
  const chosen = found ?? all.find(({ encoding }) => encoding === 'identity');
  if (chosen === undefined) throw new Error('a body has no identity');
  return chosen;
}
