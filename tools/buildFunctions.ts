import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, stop, type BuildOptions, type OutputFile, type Plugin } from 'esbuild';
import { readDocsPage } from '../lib/openapi/packedDocsPage.ts';
import { root } from './paths.ts';
import manifest from '../package.json' with { type: 'json' };
import { packedParts } from './packedParts.ts';

export const distDir = join(root, 'dist');

/** Of the manifest the bundles need the version alone. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup: (bundler) => {
    bundler.onLoad({ filter: /package\.json$/ }, ({ path }) =>
      dirname(path) === root ? { contents: JSON.stringify({ version: manifest.version }), loader: 'json' } : undefined,
    );
  },
};

/** The reference page is made here, once, and not by the function, which has no renderer to make it of. */
const packedDocs: Plugin = {
  name: 'packed-docs',
  setup: (bundler) => {
    bundler.onLoad({ filter: /[/\\]packedDocsPage\.ts$/ }, () => {
      const { brotli, policy } = readDocsPage();
      const contents = `const page = { brotli: Buffer.from('${Buffer.from(brotli).toString('base64')}', 'base64'), policy: ${JSON.stringify(policy)} };
export const readDocsPage = () => page;`;
      return { contents, loader: 'js' };
    });
  },
};

const options = {
  absWorkingDir: root,
  outdir: distDir, // wherever they are written to: the source maps name their sources relative to it
  bundle: true,
  minify: true,
  keepNames: false,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/** Writes a file whole or not at all: two builds may run side by side. */
async function writeWhole({ path, contents }: Pick<OutputFile, 'path' | 'contents'>): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, contents);
  await rename(draft, path);
}

/**
 * Bundles each handler into one minified CommonJS file and its source map (`docs/adr/0003`: CommonJS
 * imports in about half the time of ESM). The bytes do not depend on the place. @param outDir absolute
 */
export async function buildFunctions(outDir: string): Promise<void> {
  const handlers = (await readdir(join(root, 'handlers'))).filter((name) => name.endsWith('.ts')).toSorted();
  const result = await build({
    ...options,
    entryPoints: handlers.map((name) => join('handlers', name)),
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [versionOnly, packedDocs, packedParts(options)],
    write: false,
  });
  await stop(); // its service process would otherwise live as long as ours
  await mkdir(outDir, { recursive: true });
  const names = new Set([...result.outputFiles.map(({ path }) => basename(path)), 'package.json']);
  const stale = (await readdir(outDir)).filter((name) => !names.has(name) && !/\.\d+$/.test(name));
  await Promise.all(stale.map((name) => rm(join(outDir, name), { recursive: true })));
  await Promise.all(result.outputFiles.map(({ path, contents }) => writeWhole({ path: join(outDir, basename(path)), contents })));
  // The repository is ESM; the bundles beside this file are not.
  await writeWhole({ path: join(outDir, 'package.json'), contents: Buffer.from('{"type":"commonjs"}\n') });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildFunctions(distDir);
