import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lint, loadConfig } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { buildDocument } from '../openapi/buildDocument.ts';
import type { StageRates } from '../openapi/info.ts';
import { renderErrors } from '../openapi/renderErrors.ts';
import { renderRequests } from '../openapi/renderRequests.ts';
import { version } from '../lib/version.ts';
import { root } from '../tools/paths.ts';
import { readStageParams, stageNames, type StageParams } from './stages.ts';

export const documentFile = join(root, 'docs', 'openapi.json');
export const errorsFile = join(root, 'docs', 'errors.md');
export const requestsFile = join(root, 'docs', 'requests.http');

/** The rates of every stage that is deployed. */
function readRates(params: StageParams): StageRates[] {
  const deployed = stageNames(params).filter((stage) => stage !== 'offline');
  return deployed.map((stage) => {
    const values = { ...params['default'], ...params[stage] };
    const read = (name: string) => Number(values[name]);
    return { stage, rate: read('throttleRate'), burst: read('throttleBurst'), createRate: read('createRate'), createBurst: read('createBurst') };
  });
}

/** The text of `docs/openapi.json` as the list of functions and `serverless.yml` have it now. */
export async function renderDocument(): Promise<string> {
  return `${JSON.stringify(buildDocument(readRates(await readStageParams()), version), null, 2)}\n`;
}

/** What Redocly (by `redocly.yaml`, warnings too) and the schema of OpenAPI itself find wrong with a document. */
export async function lintDocument(file: string): Promise<string[]> {
  const config = await loadConfig({ configPath: join(root, 'redocly.yaml') });
  const problems = await lint({ ref: file, config });
  const validated = await new Validator().validate(file);
  return [
    ...problems.map(({ severity, ruleId, message, location }) => `${severity} ${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
    ...(validated.valid ? [] : [`error schema: ${JSON.stringify(validated.errors)}`]),
  ];
}

if (import.meta.main) {
  if (process.argv.includes('--lint')) {
    const faults = await lintDocument(documentFile);
    for (const fault of faults) console.error(fault);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } else {
    await writeFile(documentFile, await renderDocument());
    await writeFile(errorsFile, renderErrors());
    await writeFile(requestsFile, renderRequests());
  }
}
