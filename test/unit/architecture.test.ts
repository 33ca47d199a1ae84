import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { backgroundFunctions, functions } from '../../lib/functions/functions.ts';

// Holds what docs and code promise of the layers, by reading the imports.

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function listSources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `${folder}/${name}`)
    .toSorted();
}

/** Code alone: comments blanked, and strings kept, since imports are read out of them. */
function stripComments(source: string): string {
  const token = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[^]*?\*\/|\/\/[^\n]*/g;
  return source.replaceAll(token, (match) => (/^\/[/*]/.test(match) ? ' ' : match));
}

/** The modules a source names: static and dynamic imports, re-exports, and types. */
function readImports(source: string): string[] {
  const pattern = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"])([^'"\s]+)\1/g;
  return [...stripComments(source).matchAll(pattern)].map((match) => match[2] ?? '');
}

interface Source {
  readonly path: string;
  readonly code: string;
  /** Paths from the root for files of ours, names for packages. */
  readonly imports: readonly string[];
}

const packages = new Set<string>();

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const names = readImports(text);
  for (const name of names) if (!name.startsWith('.')) packages.add(name);
  const imports = names.map((name) => (name.startsWith('.') ? join(dirname(path), name) : name));
  return { path, code: stripComments(text), imports };
}

const sources = ['handlers', 'lib', 'offline', 'openapi', 'scripts', 'tools'].flatMap(listSources).map(readSource);
const within = (...folders: string[]) => sources.filter(({ path }) => folders.some((folder) => path.startsWith(folder)));

/** `importer → imported` of every import out of `from` that is one of `to`; empty where the rule holds. */
function findEdges(from: readonly Source[], to: (imported: string) => boolean): string[] {
  return from.flatMap(({ path, imports }) => imports.filter(to).map((imported) => `${path} → ${imported}`));
}

const isIn = (...folders: string[]) => (imported: string) => folders.some((folder) => imported.startsWith(folder));
const isApiGateway = (imported: string) => imported === 'aws-lambda' || imported.startsWith('@middy/');
const isPackage = (imported: string) => packages.has(imported);

describe('the reader of imports', () => {
  it('finds every form of import, and none in comments', () => {
    const source = `
      import a from 'a'; import { type B } from "b"; import type { C } from './c.ts';
      import 'd'; import * as e
        from 'e'; export { f } from 'f'; export * from 'g';
      const h = await import('h'); type I = import('i').I; const j = require('j');
      // import x from 'x1'
      /* import x from 'x2' */
      const y = { ':from': 'y', url: 'http://x3' }; import z from 'z'; // from 'x4'
    `;
    expect(readImports(source)).toEqual(['a', 'b', './c.ts', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'z']);
  });

  it('sees the files there are, and every import of ours is one of them', () => {
    expect(within('handlers').length).toBeGreaterThanOrEqual(5);
    expect(within('lib').length).toBeGreaterThan(30);
    expect(findEdges(within('lib/containerParts.ts'), isIn('lib/store/resultStore.ts', 'lib/upstream/taskSource.ts'))).toHaveLength(2);
    expect(findEdges(sources, (imported) => !isPackage(imported) && !existsSync(join(root, imported)))).toEqual([]);
  });
});

describe('the layers', () => {
  it('keep API Gateway out of the adapters and the domain', () => {
    const inner = within('lib/upstream', 'lib/store', 'lib/queue', 'lib/deviceTasks', 'lib/deviceBatches');
    expect(inner.length).toBeGreaterThan(20);
    expect(findEdges(inner, isApiGateway)).toEqual([]);
    expect(findEdges(inner, isIn('lib/http'))).toEqual([]);
    expect(inner.filter(({ code }) => /APIGateway|\.requestContext|rawPath/.test(code)).map(({ path }) => path)).toEqual([]);
  });

  it('keep what Lambda hands over in lib/http and lib/events', () => {
    expect(findEdges(sources.filter(({ path }) => !/^lib\/(?:http|events)\//.test(path)), isApiGateway)).toEqual([]);
  });

  it('let the domain know neither HTTP nor the adapters nor the wiring', () => {
    const forbidden = isIn('lib/http', 'lib/events', 'lib/upstream', 'lib/store', 'lib/queue', 'lib/container', 'lib/batchContainer', 'lib/containerParts', 'lib/baseContainer', 'lib/config');
    expect(findEdges(within('lib/deviceTasks', 'lib/deviceBatches'), forbidden)).toEqual([]);
    // Batches stand beside tasks, and tasks know nothing of them.
    expect(findEdges(within('lib/deviceTasks'), isIn('lib/deviceBatches'))).toEqual([]);
  });

  it('let the domain use no package but the schemas, and of Node only hashes', () => {
    const allowed = ['zod/mini', 'node:crypto'];
    expect(findEdges(within('lib/deviceTasks', 'lib/deviceBatches'), (imported) => isPackage(imported) && !allowed.includes(imported))).toEqual([]);
  });

  it('let lib import nothing above it', () => {
    expect(findEdges(within('lib'), isIn('handlers', 'openapi', 'offline', 'tools', 'test', 'scripts', 'bench'))).toEqual([]);
  });

  it('let no handler know what is not deployed', () => {
    expect(findEdges(within('handlers'), isIn('openapi', 'offline', 'tools', 'test', 'scripts', 'bench'))).toEqual([]);
  });

  it('make the document of lib alone', () => {
    expect(findEdges(within('openapi'), isIn('handlers', 'offline', 'tools', 'test', 'scripts', 'bench'))).toEqual([]);
  });

  it('keep offline and scripts from each other, and what both need below both', () => {
    expect(within('offline', 'scripts', 'tools').length).toBeGreaterThan(40);
    expect(findEdges(within('offline/'), isIn('scripts', 'test', 'bench'))).toEqual([]);
    expect(findEdges(within('scripts/'), isIn('offline'))).toEqual([]);
    expect(findEdges(within('tools/'), isIn('offline', 'scripts', 'test', 'bench'))).toEqual([]);
  });

  it('keep the adapters from each other', () => {
    const adapters = ['lib/upstream', 'lib/store', 'lib/queue'];
    for (const one of adapters) expect(findEdges(within(one), isIn(...adapters.filter((other) => other !== one)))).toEqual([]);
  });

  it('keep each API of the vendor in its own folder: what they share knows none of them', () => {
    const isApi = (path: string) => /^lib\/upstream\/[^/]+\//.test(path);
    const shared = sources.filter(({ path }) => /^(lib|handlers)\//.test(path) && path !== 'lib/containerParts.ts' && !isApi(path));
    expect(findEdges(shared, isApi)).toEqual([]);
    const folders = new Set(sources.filter(({ path }) => isApi(path)).map(({ path }) => `${dirname(path)}/`));
    expect(folders.size).toBe(2);
    for (const folder of folders) expect(findEdges(within(folder), (imported) => isApi(imported) && !imported.startsWith(folder))).toEqual([]);
    const words = /\b(?:GetMultiDevices|GetCreateMultiDevTask|CreateMultiDevice|productID|taskID|totalDevNum|listCreateDeviceInfo)\b/;
    const inner = shared.filter(({ path }) => /^lib\/(?:upstream|deviceTasks|deviceBatches|store|net)\/|^lib\/(?:errors|problemKinds)\.ts/.test(path));
    expect(inner.filter(({ code }) => words.test(code)).map(({ path }) => path)).toEqual([]);
  });

  it('let the HTTP exchange know nobody who uses it', () => {
    expect(findEdges(within('lib/net'), (imported) => !imported.startsWith('node:'))).toEqual([]);
  });

  it('wire the adapters in the containers alone', () => {
    const others = sources.filter(({ path }) => /^(lib|handlers)\//.test(path) && !/^lib\/(container(?:Parts)?\.ts|batchContainer\.ts|upstream\/|store\/|queue\/)/.test(path));
    expect(findEdges(others, isIn('lib/upstream', 'lib/store', 'lib/queue'))).toEqual([]);
    expect(findEdges(within('lib/upstream', 'lib/store', 'lib/queue', 'lib/http', 'lib/events'), isIn('lib/container', 'lib/batchContainer'))).toEqual([]);
    // A function of tasks does not carry what batches need.
    expect(findEdges(within('lib/container'), isIn('lib/deviceBatches', 'lib/queue')).filter((edge) => !edge.endsWith('lib/deviceBatches/ports.ts'))).toEqual([]);
  });

  it('let the emulator read the rules of the vendor on its own', () => {
    expect(within('offline/emulator').length).toBeGreaterThan(5);
    expect(findEdges(within('offline/emulator'), isIn('lib', 'handlers'))).toEqual([]);
  });

  it('keep what is for development out of what is deployed', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    const deployed = within('lib', 'handlers');
    const nameOf = (imported: string) => imported.split('/').slice(0, imported.startsWith('@') ? 2 : 1).join('/');
    // The types alone: a type import is gone once it is built.
    const isKnown = (name: string) => name.startsWith('node:') || name === 'aws-lambda' || Object.hasOwn(manifest.dependencies, name);
    expect(findEdges(deployed, (imported) => isPackage(imported) && !isKnown(nameOf(imported)))).toEqual([]);
    const valueImport = /import (?!type\b)[^;]*from 'aws-lambda'/;
    expect(deployed.filter(({ code }) => valueImport.test(code)).map(({ path }) => path)).toEqual([]);
  });
});

describe('the style', () => {
  const deployed = within('lib', 'handlers');
  const having = (pattern: RegExp) => deployed.filter(({ code }) => pattern.test(code)).map(({ path }) => path);

  it('lets lib/config.ts alone read the environment', () => {
    expect(having(/\bprocess\s*(?:\?\.|\.|\[\s*['"])\s*env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*'(?:node:)?process'/)).toEqual(['lib/config.ts']);
  });

  it('has no default exports and no export of everything', () => {
    expect(having(/\bexport\s+default\b|\bas\s+default\b|\bexport\s*\*/)).toEqual([]);
  });

  it('uses the small build of zod alone', () => {
    expect(findEdges(sources, (imported) => imported === 'zod' || (imported.startsWith('zod/') && imported !== 'zod/mini'))).toEqual([]);
  });
});

describe('the handlers', () => {
  it('serve each function of the lists from a file of its name, and the fallback', () => {
    expect(Object.values(functions).map(({ name }) => name)).toEqual(Object.keys(functions));
    expect(within('handlers').map(({ path }) => basename(path, '.ts'))).toEqual([...Object.keys(functions), ...backgroundFunctions, 'fallback'].toSorted());
  });

  it.each(Object.values(functions).map(({ name }) => name))('%s makes its handler of its own function and its own use case', (name) => {
    const source = within('handlers').find(({ path }) => path === `handlers/${name}.ts`);
    expect(source?.imports).toContain(`lib/functions/${name}.ts`);
    expect(source?.code).toMatch(new RegExp(`\\bexport const handler = createHandler\\(${name}, handle,`));
  });

  it('carry each no function but those it names', () => {
    expect(findEdges(within('handlers', 'lib').filter(({ path }) => path !== 'lib/http/createFallbackHandler.ts'), isIn('lib/functions/functions.ts'))).toEqual([]);
  });

  it.each(within('handlers').map(({ path }) => path))('%s exports a function to invoke, and needs nothing to be imported', async (path) => {
    const module = (await import(join(root, path))) as { handler?: unknown };
    expect(module.handler).toBeTypeOf('function');
  });
});
