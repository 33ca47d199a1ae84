import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { routes } from '../../lib/http/routes.ts';

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

const sources = ['handlers', 'lib', 'offline'].flatMap(listSources).map(readSource);
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
    expect(findEdges(within('lib/container.ts'), isIn('lib/cache/resultStore.ts', 'lib/upstream/taskSource.ts'))).toHaveLength(2);
    expect(findEdges(sources, (imported) => !isPackage(imported) && !existsSync(join(root, imported)))).toEqual([]);
  });
});

describe('the layers', () => {
  it('keep API Gateway out of the adapters and the domain', () => {
    const inner = within('lib/upstream', 'lib/cache', 'lib/deviceTasks');
    expect(inner.length).toBeGreaterThan(20);
    expect(findEdges(inner, isApiGateway)).toEqual([]);
    expect(findEdges(inner, isIn('lib/http'))).toEqual([]);
    expect(inner.filter(({ code }) => /APIGateway|requestContext|rawPath/.test(code)).map(({ path }) => path)).toEqual([]);
  });

  it('keep API Gateway in lib/http', () => {
    expect(findEdges(sources.filter(({ path }) => !path.startsWith('lib/http')), isApiGateway)).toEqual([]);
  });

  it('let the domain know neither HTTP nor the adapters nor the wiring', () => {
    const forbidden = isIn('lib/http', 'lib/upstream', 'lib/cache', 'lib/container', 'lib/baseContainer', 'lib/config');
    expect(findEdges(within('lib/deviceTasks'), forbidden)).toEqual([]);
  });

  it('let the domain use no package but the schemas, and of Node only hashes', () => {
    const allowed = ['zod/mini', 'node:crypto'];
    expect(findEdges(within('lib/deviceTasks'), (imported) => isPackage(imported) && !allowed.includes(imported))).toEqual([]);
  });

  it('let nothing in lib know handlers, offline, tests or scripts', () => {
    expect(findEdges(within('lib'), isIn('handlers', 'offline', 'test', 'scripts', 'bench'))).toEqual([]);
  });

  it('let no handler know what is offline', () => {
    expect(findEdges(within('handlers'), isIn('offline', 'test', 'scripts', 'bench'))).toEqual([]);
  });

  it('keep the two adapters from each other', () => {
    expect(findEdges(within('lib/upstream'), isIn('lib/cache'))).toEqual([]);
    expect(findEdges(within('lib/cache'), isIn('lib/upstream'))).toEqual([]);
  });

  it('wire the adapters in one place', () => {
    const others = sources.filter(({ path }) => /^(lib|handlers)\//.test(path) && !/^lib\/(container\.ts|upstream\/|cache\/)/.test(path));
    expect(findEdges(others, isIn('lib/upstream', 'lib/cache'))).toEqual([]);
    expect(findEdges(within('lib/upstream', 'lib/cache', 'lib/http'), isIn('lib/container'))).toEqual([]);
  });

  it('let the emulator read the rules of the vendor on its own', () => {
    expect(within('offline/legacyEmulator').length).toBeGreaterThan(5);
    expect(findEdges(within('offline/legacyEmulator'), isIn('lib', 'handlers'))).toEqual([]);
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
  const handlers = within('handlers').filter(({ path }) => path !== 'handlers/fallback.ts');
  const routeOf = ({ code }: Source) => /\broute:\s*'(\w+)'/.exec(code)?.[1];

  it('serve each a route of its own name', () => {
    expect(handlers.map(routeOf)).toEqual(handlers.map(({ path }) => basename(path, '.ts')));
    expect(Object.keys(routes)).toEqual(expect.arrayContaining(handlers.map(routeOf)));
  });

  it('serve every route', () => {
    expect(new Set(handlers.map(routeOf))).toEqual(new Set(Object.keys(routes)));
  });

  it.each(within('handlers').map(({ path }) => path))('%s exports a function to invoke, and needs nothing to be imported', async (path) => {
    const module = (await import(join(root, path))) as { handler?: unknown };
    expect(module.handler).toBeTypeOf('function');
  });
});
