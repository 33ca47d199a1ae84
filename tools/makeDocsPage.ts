import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { docsFactsFile, docsPageFile, type DocsPageFacts } from '../lib/docsPage.ts';
import { root } from './paths.ts';
import { renderDocsPage, type Renderer } from './renderDocsPage.ts';

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

const tagOf = (bytes: Uint8Array) => `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;

function readInstalled(): Renderer {
  const read = (file: string) => readFileSync(join(root, 'node_modules', 'swagger-ui-dist', file), 'utf8');
  return { script: read('swagger-ui-bundle.js'), style: read('swagger-ui.css') };
}

/** The files `lib/docsPage.ts` reads: the page compressed in each encoding, and what is told of it. */
export function makeDocsPage(renderer: Renderer = readInstalled()): { path: string; contents: Uint8Array }[] {
  const { html, policy } = renderDocsPage(renderer);
  const identity = Buffer.from(html);
  const [br, gzip] = [compressBrotli(identity), gzipSync(identity, { level: constants.Z_BEST_COMPRESSION })];
  const facts: DocsPageFacts = { policy, etags: { br: tagOf(br), gzip: tagOf(gzip), identity: tagOf(identity) } };
  return [
    { path: docsPageFile('br'), contents: br },
    { path: docsPageFile('gzip'), contents: gzip },
    { path: docsFactsFile, contents: Buffer.from(JSON.stringify(facts)) },
  ];
}
