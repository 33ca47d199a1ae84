import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, stop, type BuildOptions, type OutputFile, type Plugin } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };
import { makeDocsPage } from './makeDocsPage.ts';
import { root } from './paths.ts';

export const distDir = join(root, 'dist');

// Imported dynamically: V8 reads all of a file before it runs its first line, so that what is seldom needed has a file of its own.
const SECOND_FILES = ['lib/queue/eventBridgeSdk.ts', 'lib/queue/sqsSdk.ts', 'lib/store/kmsSdk.ts', 'lib/upstream/secretsManagerSdk.ts'];

/** Of the manifest the bundles need the version alone. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup: (bundler) => {
    bundler.onLoad({ filter: /package\.json$/ }, ({ path }) =>
      dirname(path) === root ? { contents: JSON.stringify({ version: manifest.version }), loader: 'json' } : undefined,
    );
  },
};

/** A dynamic import of ours becomes a `require` of the file beside the bundle. */
const secondFiles: Plugin = {
  name: 'second-files',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.js`, external: true } : undefined,
    );
  },
};

const options = {
  absWorkingDir: root,
  outdir: distDir, // wherever they are written to: the source maps name their sources relative to it
  entryNames: '[name]',
  bundle: true,
  minify: true,
  keepNames: false,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  supported: { 'dynamic-import': false }, // `require` of a CommonJS file is faster, and the sources mean the same
  define: { 'import.meta.dirname': '__dirname' },
  mainFields: ['module', 'main'],
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [versionOnly, secondFiles],
} satisfies BuildOptions;

/** Writes a file whole or not at all: two builds may run side by side. */
async function writeWhole({ path, contents }: Pick<OutputFile, 'path' | 'contents'>): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, contents);
  await rename(draft, path);
}

async function bundleFunctions() {
  const handlers = (await readdir(join(root, 'handlers'))).filter((name) => name.endsWith('.ts')).toSorted();
  const { outputFiles } = await build({ ...options, entryPoints: [...handlers.map((name) => join('handlers', name)), ...SECOND_FILES], write: false });
  await stop(); // its service process would otherwise live as long as ours
  return outputFiles.map(({ path, contents }) => ({ path: basename(path), contents }));
}

/**
 * Bundles each handler into one minified CommonJS file and its source map (`docs/adr/0003`: CommonJS imports in about
 * half the time of ESM); beside them the files they read or import on first use. Which of these are in a function's
 * zip, `serverless.yml` says. The bytes do not depend on the place. @param outDir absolute
 */
export async function buildFunctions(outDir: string): Promise<void> {
  // The repository is ESM; the bundles beside this file are not.
  const manifestFile = { path: 'package.json', contents: Buffer.from('{"type":"commonjs"}\n') };
  const files = [...(await bundleFunctions()), ...makeDocsPage(), manifestFile];
  await mkdir(outDir, { recursive: true });
  const names = new Set(files.map(({ path }) => path));
  const stale = (await readdir(outDir)).filter((name) => !names.has(name) && !/\.\d+$/.test(name));
  await Promise.all(stale.map((name) => rm(join(outDir, name), { recursive: true })));
  await Promise.all(files.map(({ path, contents }) => writeWhole({ path: join(outDir, path), contents })));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildFunctions(distDir);
