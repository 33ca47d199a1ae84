import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from './baseContainer.ts';

/** The encodings the page is kept in, the best first. */
export const docsEncodings = ['br', 'gzip'] as const;

export type DocsEncoding = (typeof docsEncodings)[number];

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

/** The page, compressed. */
export const readDocsPage: Readonly<Record<DocsEncoding, () => Uint8Array>> = {
  br: once(() => read(docsPageFile('br'))),
  gzip: once(() => read(docsPageFile('gzip'))),
};
