import { identifier } from '../deviceTasks/resources.ts';
import * as z from 'zod/mini';
import { EXAMPLE } from './examples.ts';
import { buildQuerySchemas, type Json } from './schemas.ts';

const { $schema: _dialect, ...identifierSchema } = z.toJSONSchema(identifier);

// No examples of headers: a page to try the API from would send them, and a key or a trace is never two requests'.
/** `components.parameters`: of paths and headers; those of queries stand with their operation. */
export const parameters = {
  productId: {
    name: 'productId',
    in: 'path',
    required: true,
    description: "The vendor's id of the product.",
    schema: identifierSchema,
    example: EXAMPLE.productId,
  },
  taskId: {
    name: 'taskId',
    in: 'path',
    required: true,
    description: 'The id that the creation answered with.',
    schema: identifierSchema,
    example: EXAMPLE.taskId,
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes a repeat safe: 1 to 255 visible ASCII characters, quoted or bare, one of a kind for each creation, e.g. a UUID. ' +
      'Remembered for 24 hours for this caller and product.',
    schema: { type: 'string', pattern: String.raw`^(?:[!#-~][!-~]{0,254}|"(?:[!#-\[\]-~]|\\["\\]){1,255}")$` },
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of the copy at hand: 304 without a body where it is still the same.',
    schema: { type: 'string' },
  },
  traceparent: {
    name: 'traceparent',
    in: 'header',
    description: "W3C Trace Context: the request's log line joins this trace.",
    schema: { type: 'string' },
  },
} as const satisfies Record<string, Json>;

export type ParameterName = keyof typeof parameters;

const queryTexts: Readonly<Record<string, string>> = {
  page: 'Page, from 1. One past the end is empty, not an error.',
  pageSize: 'Devices a page.',
  status: 'Only devices with this status; the totals count what is left.',
  include: '`credentials`: with private keys and pre-shared keys. Needs the scope `devices:credentials` as well; each such read is audited.',
};

// `x-disabled`: the page to try the API from holds the value ready, but sends it only where it is ticked.
const queryExamples: Readonly<Record<string, Json>> = {
  status: { failed: { value: 'failed', 'x-disabled': true } },
  include: { credentials: { value: 'credentials', 'x-disabled': true } },
};

/** The query parameters of an operation. @throws where one has no text */
export function buildQueryParameters(query: z.ZodMiniObject): Json[] {
  return Object.entries(buildQuerySchemas(query)).map(([name, schema]) => {
    const description = queryTexts[name];
    if (description === undefined) throw new Error(`the query parameter ${name} has no text`);
    const samples = queryExamples[name];
    return { name, in: 'query', description, schema, ...(samples === undefined ? {} : { examples: samples }) };
  });
}

export const parameterRef = (name: ParameterName): Json => ({ $ref: `#/components/parameters/${name}` });
