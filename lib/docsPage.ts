import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { once } from './baseContainer.ts';
import type { Representation } from './http/representations.ts';

/** The encodings the page is kept in. */
export type DocsEncoding = 'br' | 'gzip';

/** What is told of the page without reading it. */
export interface DocsPageFacts {
  /** Its `Content-Security-Policy`. */
  readonly policy: string;
  /** A strong entity tag for each encoding. */
  readonly etags: Readonly<Record<DocsEncoding | 'identity', string>>;
}

// The build puts the page beside the bundles (tools/makeDocsPage.ts). The way there from the sources is the same as from a bundle.
const read = (name: string) => readFileSync(join(import.meta.dirname, '..', 'dist', name));

export const docsFactsFile = 'docsPage.json';

/** The file with the page in one encoding. */
export const docsPageFile = (encoding: DocsEncoding) => `docsPage.html.${encoding}`;

export const readDocsFacts: () => DocsPageFacts = once(
  () => JSON.parse(read(docsFactsFile).toString('utf8')) as DocsPageFacts, // written by our own build
);

/** The page in its encodings, the best first; each is read when it is sent. */
export const docsRepresentations: () => readonly Representation[] = once(() => {
  const { etags } = readDocsFacts();
  const readPage = { br: once(() => read(docsPageFile('br'))), gzip: once(() => read(docsPageFile('gzip'))) };
  return [
    { encoding: 'br', etag: () => etags.br, content: readPage.br },
    { encoding: 'gzip', etag: () => etags.gzip, content: readPage.gzip },
    { encoding: 'identity', etag: () => etags.identity, content: () => gunzipSync(readPage.gzip()).toString('utf8') },
  ];
});
