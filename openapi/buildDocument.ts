import type { ApiFunction } from '../lib/functions/apiFunction.ts';
import { functions, type FunctionName } from '../lib/functions/functions.ts';
import { examples, functionExamples } from './examples.ts';
import { headerRefs, headers, ownHeaders } from './headers.ts';
import { buildInfo, securitySchemes, tags, type StageRates } from './info.ts';
import { linksOf } from './links.ts';
import { parameters, parametersOf } from './parameters.ts';
import { buildProblemExamples } from './problemExamples.ts';
import { buildGatewayExamples, content, errorResponses } from './responses.ts';
import { buildSchemas, refOf, type Json } from './schemas.ts';
import { shareResponses, type Paths } from './shareResponses.ts';

function successContent({ success }: ApiFunction, exampleNames: readonly string[]): Json {
  if (success.content === undefined) return {};
  const { type, schema } = success.content;
  const isJson = type === 'application/json';
  const anything = { type: isJson ? 'object' : 'string' };
  return { content: content(isJson ? type : 'text/html', schema === undefined ? anything : refOf(schema), exampleNames) };
}

function successResponses(fn: ApiFunction, links: Json, exampleNames: readonly string[]): Record<string, Json> {
  const { status, description } = fn.success;
  const names = [...ownHeaders, ...fn.success.headers];
  const answer = { description, headers: headerRefs(names), ...successContent(fn, exampleNames), ...links };
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
  const { body, success = [] } = functionExamples[operationId] ?? {};
  const { tag, summary, description } = fn.text;
  const requestBody = fn.body && { required: true, content: content('application/json', refOf(fn.body.schema), body === undefined ? [] : [body]) };
  return {
    operationId,
    tags: [tag],
    summary,
    description: fn.scopes.length === 0 ? description : `${description}\n\n${describeScopes(fn.scopes)}`,
    // A bearer scheme has no scopes of its own in OpenAPI, only "roles", which linters do not know.
    ...(fn.scopes.length === 0 ? { security: [] } : { security: [{ bearer: [] }], 'x-required-scopes': fn.scopes }),
    parameters: parametersOf(fn),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { ...successResponses(fn, linksOf(operationId), success), ...errorResponses(fn) },
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
