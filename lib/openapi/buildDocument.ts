import type * as z from 'zod/mini';
import { routes, type Route, type RouteName } from '../http/routes.ts';
import { examples } from './examples.ts';
import { headerRefs, headers, ownHeaders } from './headers.ts';
import { buildInfo, securitySchemes, tags, type StageRates } from './info.ts';
import { operations, type OperationText } from './operations.ts';
import { buildQueryParameters, parameterRef, parameters } from './parameters.ts';
import { buildProblemExamples } from './problemExamples.ts';
import { buildGatewayExamples, content, errorResponses } from './responses.ts';
import { buildSchemas, schemaRef, type Json } from './schemas.ts';
import { shareResponses, type Paths } from './shareResponses.ts';

/** The query schemas of the handlers, by route: what parses requests describes them too. */
export type QuerySchemas = Readonly<Record<RouteName, z.ZodMiniObject>>;

function successSchema(schema: NonNullable<OperationText['success']['schema']>): Json {
  return schema === 'object' || schema === 'string' ? { type: schema } : schemaRef(schema);
}

function successResponses({ success, isValidated }: OperationText): Record<string, Json> {
  const { status, description, contentType = 'application/json', schema } = success;
  const names = [...ownHeaders, ...success.headers];
  const answer = {
    description,
    headers: headerRefs(names),
    ...(schema === undefined ? {} : { content: content(contentType, successSchema(schema), success.examples) }),
  };
  if (!isValidated) return { [status]: answer };
  // Everything but what an answer that is not final says.
  const validators = names.filter((name) => name !== 'Retry-After');
  return {
    [status]: answer,
    304: { description: 'The copy named by `If-None-Match` is still the same.', headers: headerRefs(validators) },
  };
}

function requestBody({ body }: OperationText): Json {
  if (body === undefined) return {};
  return { requestBody: { required: true, content: content('application/json', schemaRef(body.schema), [body.example]) } };
}

function buildOperation(operationId: RouteName, route: Route, query: z.ZodMiniObject): Paths[string][string] {
  const text = operations[operationId];
  const { tag, summary, description, codes, gateway } = text;
  const isCached = text.success.headers.includes('Cache-Status');
  return {
    operationId,
    tags: [tag],
    summary,
    description,
    security: route.scopes.length === 0 ? [] : [{ bearer: route.scopes }],
    parameters: [...text.parameters.map(parameterRef), ...buildQueryParameters(query)],
    ...requestBody(text),
    responses: { ...successResponses(text), ...errorResponses({ codes, gateway, isCached }) },
  };
}

function buildPaths(queries: QuerySchemas): Paths {
  const paths: Record<string, Record<string, Paths[string][string]>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const operationId = name as RouteName; // a key of `routes`
    (paths[route.template] ??= {})[route.method.toLowerCase()] = buildOperation(operationId, route, queries[operationId]);
  }
  return paths;
}

/** The OpenAPI 3.1 document, made of the schemas that parse requests, the route table, the problem catalogue and the stages' rates. */
export function buildDocument(queries: QuerySchemas, rates: readonly StageRates[], version: string): Json {
  const { paths, responses } = shareResponses(buildPaths(queries));
  return {
    openapi: '3.1.1',
    info: { ...buildInfo(rates), version },
    servers: [{ url: '/', description: 'Where this document comes from.' }],
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
