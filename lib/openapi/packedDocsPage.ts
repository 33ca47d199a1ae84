import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { once } from '../baseContainer.ts';
import { renderDocsPage, type Renderer } from './docsPage.ts';

/** The encodings the page is kept in, the best first. */
export const DOCS_ENCODINGS = ['br', 'gzip'] as const;

/** The page as it is kept: compressed for every client that can take it so, with a strong entity tag an encoding. */
export interface PackedDocsPage {
  readonly policy: string;
  readonly bytes: Readonly<Record<(typeof DOCS_ENCODINGS)[number], Uint8Array>>;
  readonly etags: Readonly<Record<(typeof DOCS_ENCODINGS)[number] | 'identity', string>>;
}

// Nearly as small as 11, the best, which takes five seconds for one part in ten.
const BROTLI_QUALITY = 9;

function compressBrotli(bytes: Uint8Array): Uint8Array {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return brotliCompressSync(bytes, { params });
}

/** Compresses a page and tags each of its encodings by the bytes of its own. */
export function packDocsPage(renderer: Renderer): PackedDocsPage {
  const { html, policy } = renderDocsPage(renderer);
  const identity = Buffer.from(html);
  const bytes = { br: compressBrotli(identity), gzip: gzipSync(identity, { level: constants.Z_BEST_COMPRESSION }) };
  const tag = (of: Uint8Array) => `"${createHash('sha256').update(of).digest('base64url').slice(0, 27)}"`;
  return { policy, bytes, etags: { br: tag(bytes.br), gzip: tag(bytes.gzip), identity: tag(identity) } };
}

function packInstalled(): PackedDocsPage {
  const read = (file: string) => readFileSync(new URL(`../../node_modules/swagger-ui-dist/${file}`, import.meta.url), 'utf8');
  return packDocsPage({ script: read('swagger-ui-bundle.js'), style: read('swagger-ui.css') });
}

/** Makes the page of the installed renderer. The build puts what this returns in the place of this file. */
export const readDocsPage: () => PackedDocsPage = once(packInstalled);
