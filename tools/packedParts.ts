import { join, relative } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build, type BuildOptions, type Plugin } from 'esbuild';

/** Compiled when it is first asked for. The bundle's own `require` finds what a part needs of Node. */
const renderLoader = (code: Uint8Array) => `
const { compileFunction } = require('node:vm');
const { brotliDecompressSync } = require('node:zlib');
const code = brotliDecompressSync(Buffer.from('${brotliCompressSync(code).toString('base64')}', 'base64')).toString();
compileFunction(code, ['module', 'exports', 'require'])(module, exports, require);
`;

/**
 * What we import dynamically is seldom needed. It is bundled apart and stands in the bundle as text: V8 reads
 * all the code of a file before it runs any, and the SDK's clients are three quarters of a bundle.
 * @param options of the bundle
 */
export function packedParts(options: BuildOptions & { readonly absWorkingDir: string }): Plugin {
  const parts = new Map<string, Promise<string>>();
  const pack = async (path: string) => {
    // Code that is compiled from text cannot import; the SDK so imports Node's own modules.
    const supported = { 'dynamic-import': false };
    const { outputFiles } = await build({ ...options, supported, entryPoints: [path], write: false });
    const [file] = outputFiles ?? [];
    if (file === undefined) throw new Error(`${path} came to nothing`);
    return renderLoader(file.contents);
  };
  const packOnce = (path: string) => {
    const packed = parts.get(path) ?? pack(path);
    parts.set(path, packed);
    return packed;
  };
  return {
    name: 'packed-parts',
    setup: (bundler) => {
      bundler.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
        // The source map names it: relative, so that the bundle is the same wherever it is made.
        kind === 'dynamic-import' ? { path: relative(options.absWorkingDir, join(resolveDir, path)), namespace: 'packed' } : undefined,
      );
      bundler.onLoad({ filter: /./, namespace: 'packed' }, async ({ path }) => ({ contents: await packOnce(path), loader: 'js' }));
    },
  };
}
