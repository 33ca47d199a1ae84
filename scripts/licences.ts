import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../tools/paths.ts';
import { readLockfile, type LockedPackage } from './lockfile.ts';
import { runScript } from './stages.ts';

export const licencesFile = join(root, 'docs', 'licences.md');

/** Licences what we ship may be under: all they ask for is to be named. */
export const PERMISSIVE: readonly string[] = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** The list of what ships, as `docs/licences.md` holds it. */
export function renderLicences(packages: readonly LockedPackage[]): string {
  const rows = packages.filter((one) => one.isShipped).map(({ name, version, licence }) => `| \`${name}\` | ${version} | ${licence ?? 'none named'} |`);
  return `# Licences of what ships

Written by \`npm run licences\` out of the lockfile; a test fails when it is stale. These packages, or parts of them, are in
the functions' bundles. The tools are not: \`npm run sbom\` lists every package with its licence.

| package | version | licence |
|---|---|---|
${[...new Set(rows)].join('\n')}
`;
}

async function main(): Promise<void> {
  await writeFile(licencesFile, renderLicences(await readLockfile()));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main);
