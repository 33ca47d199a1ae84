import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { root } from '../tools/paths.ts';

/** A route of the HTTP API, and the function behind it. */
export interface GatewayRoute {
  /** As `serverless.yml` names it. */
  readonly functionName: string;
  /** `GET /v1/health`, or `$default`. */
  readonly routeKey: string;
  /** Whether the authorizer stands before it. */
  readonly isProtected: boolean;
  /** Of the path as sent, with a group for each parameter; `$default` takes every path. */
  readonly pattern: RegExp;
}

/** What takes the messages of the queue. */
export interface QueueConsumer {
  readonly functionName: string;
  /** Messages an event holds at most. */
  readonly batchSize: number;
  /** Events at a time, at most. */
  readonly maximumConcurrency: number;
}

/** CORS as API Gateway does it; with an empty list of origins there is none. */
export interface CorsRules {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposedResponseHeaders: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

const httpApiEvent = z.union([
  z.literal('*'),
  z.looseObject({ method: z.string(), path: z.string(), authorizer: z.optional(z.unknown()) }),
]);

const serviceFile = z.looseObject({
  params: z.record(z.string(), z.looseObject({ allowedOrigins: z.optional(z.array(z.string())), batchConcurrency: z.optional(z.int()) })),
  functions: z.record(
    z.string(),
    z.looseObject({ events: z.array(z.looseObject({ httpApi: z.optional(httpApiEvent), sqs: z.optional(z.looseObject({ batchSize: z.int() })) })) }),
  ),
});

const corsFile = z.object({
  allowedMethods: z.array(z.string()),
  allowedHeaders: z.array(z.string()),
  exposedResponseHeaders: z.array(z.string()),
  maxAge: z.number(),
});

// A parameter takes one segment that is not empty.
function toPattern(path: string): RegExp {
  const source = path.replaceAll('.', String.raw`\.`).replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}$`);
}

function toRoute(functionName: string, event: z.infer<typeof httpApiEvent>): GatewayRoute {
  if (event === '*') return { functionName, routeKey: '$default', isProtected: false, pattern: /^/ };
  const { method, path, authorizer } = event;
  return { functionName, routeKey: `${method} ${path}`, isProtected: authorizer !== undefined, pattern: toPattern(path) };
}

/** `$default` last; before it the routes with the fewest parameters first, as API Gateway prefers them. */
function byPrecedence({ routeKey: a }: GatewayRoute, { routeKey: b }: GatewayRoute): number {
  const rank = (key: string) => (key === '$default' ? Infinity : key.split('{').length);
  return rank(a) === rank(b) ? 0 : rank(a) - rank(b);
}

/** What `serverless.yml` says of the HTTP API (its routes in the order in which they are tried, the offline stage's CORS) and of the queue. */
export async function readService(): Promise<{ routes: readonly GatewayRoute[]; cors: CorsRules; consumer: QueueConsumer }> {
  const readYaml = async (...path: string[]): Promise<unknown> => parse(await readFile(join(root, ...path), 'utf8'));
  const { params, functions } = serviceFile.parse(await readYaml('serverless.yml'));
  const routes = Object.entries(functions).flatMap(([name, { events }]) =>
    events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [toRoute(name, httpApi)])),
  );
  const { allowedOrigins = [], batchConcurrency = 1 } = { ...params['default'], ...params['offline'] };
  const [consumer] = Object.entries(functions).flatMap(([functionName, { events }]) =>
    events.flatMap(({ sqs }) => (sqs === undefined ? [] : [{ functionName, batchSize: sqs.batchSize, maximumConcurrency: batchConcurrency }])),
  );
  if (consumer === undefined) throw new Error('serverless.yml has no function for the queue');
  const cors = { ...corsFile.parse(await readYaml('infrastructure', 'cors.yml')), allowedOrigins };
  return { routes: routes.toSorted(byPrecedence), cors, consumer };
}
