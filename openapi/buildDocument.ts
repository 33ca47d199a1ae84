import type { ApiFunction } from '../lib/functions/apiFunction.ts';
import { functions, type FunctionName } from '../lib/functions/functions.ts';
import { examples, functionExamples, type FunctionExamples } from './examples.ts';
import { headerRefs, headers, ownHeaders } from './headers.ts';
import { buildInfo, securitySchemes, tags, type StageRates } from './info.ts';
import { linksOf } from './links.ts';
import { parameters, parametersOf } from './parameters.ts';
import { buildProblemExamples } from './problemExamples.ts';
import { buildGatewayExamples, content, errorResponses } from './responses.ts';
import { buildSchemas, refOf, type Json } from './schemas.ts';
import { shareResponses, type Paths } from './shareResponses.ts';

function successContent({ success }: ApiFunction, { success: exampleNames, csv: csvExample }: FunctionExamples): Json {
  if (success.content === undefined) return {};
  const { type, schema } = success.content;
  const isJson = type === 'application/json';
  const anything = { type: isJson ? 'object' : 'string' };
  const csv = success.content.csv === undefined ? {} : csvContent(success.content.csv, csvExample);
  return { content: { ...content(isJson ? type : 'text/html', schema === undefined ? anything : refOf(schema), exampleNames), ...csv } };
}

const csvContent = (description: string, example: string | undefined) => content('text/csv', { type: 'string', description }, example === undefined ? [] : [example]);

function requestBody({ body }: ApiFunction, { body: example, csvBody }: FunctionExamples): Json {
  if (body === undefined) return {};
  const csv = body.takesCsv === true ? csvContent('A header line with one column `deviceName`, then a line a name.', csvBody) : {};
  return { requestBody: { required: true, content: { ...content('application/json', refOf(body.schema), example === undefined ? [] : [example]), ...csv } } };
}

function successResponses(fn: ApiFunction, links: Json, told: FunctionExamples): Record<string, Json> {
  const { status, description } = fn.success;
  const names = [...ownHeaders, ...fn.success.headers];
  const answer = { description, headers: headerRefs(names), ...successContent(fn, told), ...links };
  if (!fn.isValidated) return { [status]: answer };
  // Everything but what an answer that is not final says, or one with a body.
  const validators = names.filter((name) => name !== 'Retry-After' && name !== 'Content-Encoding');
  return {
    [status]: answer,
    304: { description: 'The copy named by `If-None-Match` is still the same.', headers: headerRefs(validators) },
  };
}

const describeScopes = (scopes: ApiFunction['scopes']) => `Scope: ${scopes.map((scope) => `\`${scope}\``).join(', ')}.`;

function buildOperation(operationId: FunctionName): Paths[string][string] {
  const fn: ApiFunction = functions[operationId];
  const told = functionExamples[operationId] ?? { success: [] };
  const { tag, summary, description } = fn.text;
  return {
    operationId,
    tags: [tag],
    summary,
    description: fn.scopes.length === 0 ? description : `${description}\n\n${describeScopes(fn.scopes)}`,
    // A bearer scheme has no scopes of its own in OpenAPI, only "roles", which linters do not know.
    ...(fn.scopes.length === 0 ? { security: [] } : { security: [{ bearer: [] }], 'x-required-scopes': fn.scopes }),
    parameters: parametersOf(fn),
    ...requestBody(fn, told),
    responses: { ...successResponses(fn, linksOf(operationId), told), ...errorResponses(fn) },
  };
}

function buildPaths(): Paths {
  const paths: Record<string, Record<string, Paths[string][string]>> = {};
  for (const [name, { template, methods }] of Object.entries(functions)) {
    const operationId = name as FunctionName; // a key of `functions`
    (paths[template] ??= {})[methods[0].toLowerCase()] = buildOperation(operationId);
  }
  return paths;
}

/** The OpenAPI 3.1 document, made of the functions, their schemas, the problem catalogue and the stages' rates. */
export function buildDocument(rates: readonly StageRates[], version: string): Json {
  const { paths, responses } = shareResponses(buildPaths());
  return {
    openapi: '3.1.1',
    info: { ...buildInfo(rates), version },
    servers: [
      { url: '/', description: 'Where this document comes from.' },
      {
        url: '{baseUrl}',
        description: "Any stage, by its URL with its base path if it has one; the default is the offline stage's.",
        // No description here: older schemas of OpenAPI 3.1 misspell it, and generators refuse it.
        variables: { baseUrl: { default: 'http://localhost:3000' } },
      },
    ],
    tags,
    security: [],
    paths,
    components: {
      securitySchemes,
      schemas: buildSchemas(),
      parameters,
      headers,
      responses,
      examples: { ...examples, ...buildProblemExamples(), ...buildGatewayExamples() },
    },
  };
}
