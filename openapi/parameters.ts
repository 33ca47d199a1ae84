import * as z from 'zod/mini';
import { batchIdentifier } from '../lib/deviceBatches/resources.ts';
import { identifier, requestedName } from '../lib/deviceTasks/resources.ts';
import type { ApiFunction } from '../lib/functions/apiFunction.ts';
import { EXAMPLE } from './examples.ts';
import { buildQuerySchemas, type Json } from './schemas.ts';

function toSchema(schema: z.ZodMiniType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
  return rest;
}

// No examples of headers: a page to try the API from would send them, and a key or a trace is never two requests'.
/** `components.parameters`: of paths and headers; those of queries stand with their operation. */
export const parameters = {
  productId: {
    name: 'productId',
    in: 'path',
    required: true,
    description: "The vendor's id of the product.",
    schema: toSchema(identifier),
    example: EXAMPLE.productId,
  },
  taskId: {
    name: 'taskId',
    in: 'path',
    required: true,
    description: 'The id that the creation answered with.',
    schema: toSchema(identifier),
    example: EXAMPLE.taskId,
  },
  deviceName: {
    name: 'deviceName',
    in: 'path',
    required: true,
    description: 'A name the creation gave, percent-encoded.',
    schema: toSchema(requestedName),
    example: EXAMPLE.deviceName,
  },
  batchId: {
    name: 'batchId',
    in: 'path',
    required: true,
    description: 'The id that the creation answered with.',
    schema: toSchema(batchIdentifier),
    example: EXAMPLE.batchId,
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes a retry safe: 1 to 255 visible ASCII characters, quoted or bare, one of a kind for each creation, e.g. a UUID. ' +
      'Remembered for this caller and product: of a task for 24 hours, of a batch as long as the batch lives.',
    schema: { type: 'string', pattern: String.raw`^(?:[!#-~][!-~]{0,254}|"(?:[!#-\[\]-~]|\\["\\]){1,255}")$` },
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of the copy at hand: 304 without a body if it is still the same.',
    schema: { type: 'string' },
  },
  traceparent: {
    name: 'traceparent',
    in: 'header',
    description: "W3C Trace Context: the request's log line joins this trace.",
    schema: { type: 'string' },
  },
} as const satisfies Record<string, Json>;

type ParameterName = keyof typeof parameters;

// `x-disabled`: the page to try the API from holds the value ready, but sends it only if it is ticked.
const queryExamples: Readonly<Record<string, Json>> = {
  status: { failed: { value: 'failed', 'x-disabled': true } },
  include: { credentials: { value: 'credentials', 'x-disabled': true } },
};

/** @throws if there is no such parameter of paths or headers */
function parameterRef(name: string): Json {
  if (!Object.hasOwn(parameters, name)) throw new Error(`the parameter ${name} is not in openapi/parameters.ts`);
  return { $ref: `#/components/parameters/${name}` };
}

function queryParameters({ query, text }: ApiFunction): Json[] {
  const texts: Readonly<Record<string, string>> = text.query;
  return Object.entries(buildQuerySchemas(query)).map(([name, schema]) => {
    const samples = queryExamples[name];
    return { name, in: 'query', description: texts[name], schema, ...(samples === undefined ? {} : { examples: samples }) };
  });
}

/** Every parameter of a function: of its path, of headers, of its query. */
export function parametersOf(fn: ApiFunction): Json[] {
  const headerNames: ParameterName[] = [
    ...(fn.takesIdempotencyKey === true ? (['idempotencyKey'] as const) : []),
    ...(fn.isValidated ? (['ifNoneMatch'] as const) : []),
    'traceparent',
  ];
  return [...[...Object.keys(fn.path.shape), ...headerNames].map(parameterRef), ...queryParameters(fn)];
}
