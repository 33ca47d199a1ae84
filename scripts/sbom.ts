import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import manifest from '../package.json' with { type: 'json' };
import { root } from '../tools/paths.ts';
import { EMBEDDED } from './lockfile.ts';
import { packagesDir } from './package.ts';
import { runScript } from './stages.ts';

/** The parts of a CycloneDX document that are touched here. */
export interface Sbom {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string } };
  readonly components: { readonly name: string; readonly purl: string; scope?: string }[];
}

const MAX_BYTES = 64 * 1024 * 1024;

function toUuid(hash: string): string {
  return [hash.slice(0, 8), hash.slice(8, 12), `5${hash.slice(13, 16)}`, `a${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}

/** The lockfile as a CycloneDX document; the same lockfile gives the same bytes. Made by npm itself, without network. */
export async function makeSbom(): Promise<Sbom> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: MAX_BYTES, shell: process.platform === 'win32' });
  const sbom = JSON.parse(stdout) as Sbom; // npm's own form
  delete sbom.metadata.timestamp;
  delete sbom.serialNumber;
  sbom.metadata.component.name = manifest.name; // npm takes the directory's
  for (const component of sbom.components) if (EMBEDDED.includes(component.name)) component.scope = 'required';
  const hash = createHash('sha256').update(JSON.stringify(sbom)).digest('hex');
  return { ...sbom, serialNumber: `urn:uuid:${toUuid(hash)}` };
}

async function main(): Promise<void> {
  const path = join(packagesDir, 'sbom.cdx.json');
  await mkdir(packagesDir, { recursive: true });
  const sbom = await makeSbom();
  await writeFile(path, `${JSON.stringify(sbom, null, 2)}\n`);
  console.log(`${sbom.components.length} packages: .package/sbom.cdx.json`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main);
