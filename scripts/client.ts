import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, stop } from 'esbuild';
import { problemCodes, problemKindOf } from '../lib/errors.ts';
import { documentFile } from './openapi.ts';

const run = promisify(execFile);

export const clientDir = join(import.meta.dirname, '..', 'client');

export const typesFile = join(clientDir, 'src', 'openapi.ts');

/** The text of `client/src/openapi.ts`, made of `docs/openapi.json`. */
export async function renderTypes(): Promise<string> {
  // In the workspace's own tree: it needs a TypeScript that has a JavaScript API.
  const generator = join(clientDir, 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
  const { stdout } = await run(process.execPath, [generator, documentFile], { cwd: clientDir, env: { ...process.env, NO_COLOR: '1' } });
  return stdout;
}

export const openCodesFile = join(clientDir, 'src', 'openCodes.ts');

/** The text of `client/src/openCodes.ts`, made of the problem catalogue. */
export function renderOpenCodes(): string {
  const codes = problemCodes.filter((code) => problemKindOf(code).leavesCreationOpen === true);
  return `// Written by \`npm run client\` out of the service's problem catalogue.
import type { components } from './openapi.ts';

/** After these codes a creation may have happened; after every other, nothing was created. */
export const OPEN_CODES: readonly components['schemas']['Problem']['code'][] = [${codes.map((code) => `'${code}'`).join(', ')}];
`;
}

/** Compiles `client/dist`, for `import` and for `require`. */
export async function buildClient(): Promise<void> {
  await run('npm', ['run', '--silent', 'build'], { cwd: clientDir });
}

/** Bytes of the whole client in one minified file, and the same in gzip. */
export async function measureClient(): Promise<{ bytes: number; gzipBytes: number }> {
  const entryPoints = [join(clientDir, 'src', 'index.ts')];
  const { outputFiles } = await build({ entryPoints, bundle: true, minify: true, format: 'esm', target: 'es2022', write: false });
  await stop(); // its service process would otherwise live as long as ours
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  return { bytes: contents.length, gzipBytes: gzipSync(contents, { level: 9 }).length };
}

if (import.meta.main) {
  await writeFile(typesFile, await renderTypes());
  await writeFile(openCodesFile, renderOpenCodes());
  await buildClient();
  const { bytes, gzipBytes } = await measureClient();
  console.log(`iotcloud-rest-client: ${bytes} bytes minified, ${gzipBytes} in gzip`);
}
