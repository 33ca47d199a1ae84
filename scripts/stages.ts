import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import type { Environment } from '../lib/environment.ts';
import { root } from '../tools/paths.ts';

/** What a user of a script can mend, in one line. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** `params:` of `serverless.yml`: the stages, and what differs between them. */
export type StageParams = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What scripts read of `serverless.yml`. */
export interface ServerlessFile {
  readonly params: StageParams;
  readonly functions: Readonly<Record<string, unknown>>;
}

export async function readServerlessFile(): Promise<ServerlessFile> {
  // Our own file, held by the tests; a test reads every stage out of it.
  return parse(await readFile(join(root, 'serverless.yml'), 'utf8')) as ServerlessFile;
}

export async function readStageParams(): Promise<StageParams> {
  return (await readServerlessFile()).params;
}

export function stageNames(params: StageParams): string[] {
  return Object.keys(params).filter((name) => name !== 'default');
}

/** The stage `--stage` names. @throws UsageError */
export function requireStage(params: StageParams, args: readonly string[]): string {
  const known = stageNames(params).join(', ');
  const stage = readStageOption(args);
  if (stage === undefined) throw new UsageError(`--stage is missing; the stages are ${known}`);
  if (!stageNames(params).includes(stage)) throw new UsageError(`there is no stage ${JSON.stringify(stage)}; the stages are ${known}`);
  return stage;
}

function readStageOption(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: { stage: { type: 'string', short: 's' } } }).values.stage;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const ENVIRONMENT_VARIABLE = /^\$\{env:(?<variable>\w+), '(?<fallback>.*)'\}$/;

/** A parameter that still has its committed placeholder, with the variable that sets it, if there is one. */
export interface Placeholder {
  readonly name: string;
  readonly variable: string | undefined;
}

/** The placeholders a stage is left with in this environment; a variable that is empty counts as not set. */
export function findPlaceholders(params: StageParams, stage: string, env: Environment): Placeholder[] {
  return Object.entries({ ...params['default'], ...params[stage] }).flatMap(([name, value]) => {
    const { variable, fallback } = ENVIRONMENT_VARIABLE.exec(String(value))?.groups ?? {};
    const inForce = (variable === undefined ? undefined : env[variable]) || (fallback ?? JSON.stringify(value));
    return /placeholder/i.test(inForce) ? [{ name, variable }] : [];
  });
}

/** Runs a script; what its user can mend is told in one line. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const isPlain = error instanceof Error && ['UsageError', 'ConfigError'].includes(error.name);
    console.error(isPlain ? `iotcloud-rest: ${error.message}` : error);
    process.exitCode = 1;
  }
}
