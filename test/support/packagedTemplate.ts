import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { packagesDir } from '../../scripts/package.ts';

/** A resource of a CloudFormation template; what its properties are each test knows. */
export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string | readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface PackagedStage {
  readonly dir: string;
  readonly resources: Readonly<Record<string, Resource>>;
  /** Logical id and resource, of one type. */
  readonly ofType: (type: string) => [string, Resource][];
  /** Properties of one resource. @throws where there is none */
  readonly propertiesOf: (logicalId: string) => Record<string, unknown>;
  readonly zips: readonly { readonly name: string; readonly bytes: number }[];
}

/** Reads what `packageStage` wrote. */
export function readPackage(dir: string): PackagedStage {
  const text = readFileSync(join(dir, 'cloudformation-template-update-stack.json'), 'utf8');
  const { Resources: resources } = JSON.parse(text) as { Resources: Record<string, Resource> }; // CloudFormation's own form
  const zips = readdirSync(dir)
    .filter((name) => name.endsWith('.zip'))
    .map((name) => ({ name, bytes: statSync(join(dir, name)).size }));
  return {
    dir,
    resources,
    ofType: (type) => Object.entries(resources).filter(([, resource]) => resource.Type === type),
    propertiesOf: (logicalId) => {
      const resource = resources[logicalId];
      if (resource === undefined) throw new Error(`the template has no ${logicalId}`);
      return resource.Properties;
    },
    zips,
  };
}

/** A directory for one test's package, beside those of `npm run package`. */
export const testPackageDir = (name: string): string => join(packagesDir, `test-${name}-${process.pid}`);

/** The logical ids an intrinsic function, however deep, refers to. */
export function referencesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'Ref') return [String(inner)];
    if (name === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : String(inner).split('.')[0])];
    return referencesOf(inner);
  });
}

const END_OF_DIRECTORY = 0x06054b50;

/** The files in a zip: enough of the format for what the framework writes (stored or deflated, no zip64). */
export function unzip(path: string): Map<string, Buffer> {
  const zip = readFileSync(path);
  let end = zip.length - 22;
  while (zip.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  const files = new Map<string, Buffer>();
  let entry = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count -= 1) {
    const [method, packedSize] = [zip.readUInt16LE(entry + 10), zip.readUInt32LE(entry + 20)];
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) => zip.readUInt16LE(entry + offset)) as [number, number, number];
    const name = zip.toString('utf8', entry + 46, entry + 46 + nameSize);
    const local = zip.readUInt32LE(entry + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + packedSize);
    files.set(name, method === 0 ? packed : inflateRawSync(packed));
    entry += 46 + nameSize + extraSize + commentSize;
  }
  return files;
}
