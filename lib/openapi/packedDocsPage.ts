import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { once } from '../baseContainer.ts';
import { renderDocsPage } from './docsPage.ts';

/** The page as it is kept: small. */
export interface PackedDocsPage {
  readonly brotli: Uint8Array;
  readonly policy: string;
}

// Nearly as small as 11, the best, which takes ten seconds for one part in ten.
const QUALITY = 9;

function pack(): PackedDocsPage {
  const renderer = new URL('../../node_modules/@scalar/api-reference/dist/browser/standalone.js', import.meta.url);
  const { html, policy } = renderDocsPage(readFileSync(renderer, 'utf8'));
  const bytes = Buffer.from(html);
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  return { brotli, policy };
}

/** Makes the page of the installed renderer. The build puts what this returns in the place of this file. */
export const readDocsPage: () => PackedDocsPage = once(pack);
