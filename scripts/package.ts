import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from '../tools/paths.ts';
import { buildFunctions } from '../tools/buildFunctions.ts';
import { readStageParams, requireStage, runScript, UsageError } from './stages.ts';

export const packagesDir = join(root, '.package');

const serverlessBin = fileURLToPath(import.meta.resolve('serverless/bin/serverless.js'));

function serverlessEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // The framework takes an empty variable for a value; a workflow means by it that it has none.
  const given = Object.entries(env).filter(([name, value]) => !(name.startsWith('DEPLOY_') && value === ''));
  return { ...Object.fromEntries(given), TZ: 'UTC', SLS_NOTIFICATIONS_MODE: 'off' }; // zip files hold local times
}

/** Runs the Serverless Framework. @throws with all it said if it fails and nobody heard it */
export async function runServerless(args: readonly string[], cwd: string, isHeard = false): Promise<void> {
  const child = spawn(process.execPath, [serverlessBin, ...args], {
    cwd,
    env: serverlessEnvironment(process.env),
    stdio: isHeard ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => said.push(chunk));
  await once(child, 'close');
  if (child.exitCode === 0) return;
  if (isHeard) throw new UsageError(`serverless ${args[0]} failed; it says why above`);
  throw new Error(`serverless ${args.join(' ')} failed\n${Buffer.concat(said).toString('utf8')}`);
}

/** Where a deployment's files lie in the bucket: the time it was made, in the framework's form. */
export function deploymentStamp(atMs: number): string {
  return `${atMs}-${new Date(atMs).toISOString()}`;
}

const STAMP = /\b\d+-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

interface State {
  readonly service: { readonly functions: Record<string, { package?: { artifact?: string } }> };
}

function withoutArtifactPaths(text: string): string {
  const state = JSON.parse(text) as State; // the framework's own file
  for (const { package: packaging } of Object.values(state.service.functions)) delete packaging?.artifact;
  return `${JSON.stringify(state, null, 2)}\n`;
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

/** Puts a time into a package, which `packageStage` makes without one. @param atMs Unix milliseconds */
export async function stampPackage(dir: string, atMs: number): Promise<void> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.json'));
  await Promise.all(names.map((name) => rewrite(join(dir, name), (text) => text.replaceAll(STAMP, deploymentStamp(atMs)))));
}

/**
 * Builds the functions and packages a stage: its CloudFormation template and a zip a function. Needs neither
 * network nor credentials; the same sources give the same bytes. It works in a directory of its own, so
 * that several may run at once. @param outDir absolute; emptied first @param build puts the bundles where it is told
 */
export async function packageStage(stage: string, outDir: string, build = buildFunctions): Promise<void> {
  await mkdir(packagesDir, { recursive: true });
  const workDir = await mkdtemp(join(packagesDir, 'work-')); // inside the repository: plugins are looked up from there
  try {
    await build(join(workDir, 'dist'));
    for (const name of ['serverless.yml', 'infrastructure']) await cp(join(root, name), join(workDir, name), { recursive: true });
    await rm(outDir, { recursive: true, force: true });
    await runServerless(['package', '--stage', stage, '--package', outDir], workDir);
    await rewrite(join(outDir, 'serverless-state.json'), withoutArtifactPaths);
    await stampPackage(outDir, 0);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function listSizes(dir: string): Promise<string> {
  const zips = (await readdir(dir)).filter((name) => name.endsWith('.zip'));
  const sizes = await Promise.all(zips.map(async (name) => Math.ceil((await stat(join(dir, name))).size / 1024)));
  return zips.map((name, index) => `${String(sizes[index]).padStart(6)} KB  ${name}`).join('\n');
}

async function main(): Promise<void> {
  const stage = requireStage(await readStageParams(), process.argv.slice(2));
  const outDir = join(packagesDir, stage);
  await packageStage(stage, outDir);
  console.log(`Packaged stage ${stage} into .package/${stage}:\n${await listSizes(outDir)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main);
