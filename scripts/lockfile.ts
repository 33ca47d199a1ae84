import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../tools/paths.ts';

/** A package of the lockfile. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; `undefined` if the package names none. */
  readonly licence: string | undefined;
  readonly integrity: string | undefined;
  /** Whether it, or a part of it, is in the functions' bundles. */
  readonly isShipped: boolean;
}

/** The reference page is made of this at build time, so that it ships although it is a development dependency. */
export const EMBEDDED: readonly string[] = ['swagger-ui-dist'];

interface Entry {
  /** Of an alias: what is really installed. */
  readonly name?: string;
  readonly version?: string;
  readonly license?: unknown;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** Old packages write `[{ type, url }]`, and names that are not SPDX's. */
function readLicence(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const text = typeof first === 'object' && first !== null ? Reflect.get(first, 'type') : first;
  return typeof text === 'string' ? text.replace(/^Apache 2\.0$/, 'Apache-2.0') : undefined;
}

const IN_MODULES = /(?:^|\/)node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)$/;

/** Every third-party package of `package-lock.json`, by name and version. */
export async function readLockfile(): Promise<LockedPackage[]> {
  const text = await readFile(join(root, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, Entry> }; // npm's own form, version 3
  const all = Object.entries(packages).flatMap(([path, entry]): LockedPackage[] => {
    const folder = IN_MODULES.exec(path)?.groups?.['name'];
    if (folder === undefined || entry.link === true) return [];
    const name = entry.name ?? folder;
    const isProduction = !path.startsWith('client/') && !entry.dev && !entry.optional && !entry.devOptional;
    const { version = '', integrity } = entry;
    return [{ name, version, licence: readLicence(entry.license), integrity, isShipped: isProduction || EMBEDDED.includes(name) }];
  });
  return all.toSorted((one, other) => `${one.name} ${one.version}`.localeCompare(`${other.name} ${other.version}`, 'en'));
}
