import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lint, loadConfig } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import * as createDeviceTask from '../handlers/createDeviceTask.ts';
import * as getDeviceResults from '../handlers/getDeviceResults.ts';
import * as getDeviceTask from '../handlers/getDeviceTask.ts';
import * as getDocs from '../handlers/getDocs.ts';
import * as getHealth from '../handlers/getHealth.ts';
import * as getOpenApi from '../handlers/getOpenApi.ts';
import * as getRoot from '../handlers/getRoot.ts';
import { buildDocument } from '../lib/openapi/buildDocument.ts';
import type { StageRates } from '../lib/openapi/info.ts';
import { version } from '../lib/version.ts';
import { root } from '../offline/paths.ts';
import { readStageParams, stageNames, type StageParams } from './stages.ts';

export const documentFile = join(root, 'docs', 'openapi.json');

/** The rates of every stage that is deployed. */
function readRates(params: StageParams): StageRates[] {
  const deployed = stageNames(params).filter((stage) => stage !== 'offline');
  return deployed.map((stage) => {
    const values = { ...params['default'], ...params[stage] };
    const read = (name: string) => Number(values[name]);
    return { stage, rate: read('throttleRate'), burst: read('throttleBurst'), createRate: read('createRate'), createBurst: read('createBurst') };
  });
}

/** The text of `docs/openapi.json` as the handlers' schemas and `serverless.yml` have it now. */
export async function renderDocument(): Promise<string> {
  const queries = {
    createDeviceTask: createDeviceTask.query,
    getDeviceResults: getDeviceResults.query,
    getDeviceTask: getDeviceTask.query,
    getDocs: getDocs.query,
    getHealth: getHealth.query,
    getOpenApi: getOpenApi.query,
    getRoot: getRoot.query,
  };
  return `${JSON.stringify(buildDocument(queries, readRates(await readStageParams()), version), null, 2)}\n`;
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
  } else await writeFile(documentFile, await renderDocument());
}
