import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Environment } from '../lib/environment.ts';
import { root } from '../tools/paths.ts';
import { packagesDir, packageStage, runServerless, stampPackage } from './package.ts';
import { findPlaceholders, readStageParams, requireStage, runScript, UsageError, type StageParams } from './stages.ts';

/** What may be deployed. @throws UsageError naming every placeholder that is left */
export function requireDeployable(params: StageParams, stage: string, env: Environment): void {
  if (params[stage]?.['environment'] === 'offline') throw new UsageError(`stage ${stage} runs on this machine: npm start`);
  const left = findPlaceholders(params, stage, env);
  if (left.length === 0) return;
  const names = left.map(({ name, variable }) => (variable === undefined ? name : `${name} (set ${variable})`));
  throw new UsageError(`stage ${stage} has placeholders: ${names.join(', ')}; see docs/operations.md`);
}

/**
 * Packages a stage and hands that very package to CloudFormation.
 * @param args of the command line @param baseDir where the package is put, by its stage's name
 */
export async function deploy(args: readonly string[], env: Environment, run: typeof runServerless, baseDir = packagesDir): Promise<void> {
  const params = await readStageParams();
  const stage = requireStage(params, args);
  requireDeployable(params, stage, env);
  const dir = join(baseDir, stage);
  await packageStage(stage, dir);
  await stampPackage(dir, Date.now());
  await run(['deploy', '--stage', stage, '--package', dir], root, true);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await runScript(() => deploy(process.argv.slice(2), process.env, runServerless));
