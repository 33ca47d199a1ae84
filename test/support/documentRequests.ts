import fc from 'fast-check';
import document from '../../docs/openapi.json' with { type: 'json' };
import { resolve, validatorOf } from './contract.ts';

type Json = Readonly<Record<string, unknown>>;

/** A request made of an operation of the document, and whether the document allows it. */
export interface GeneratedRequest {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly isValid: boolean;
}

interface Part {
  readonly text: string;
  readonly isValid: boolean;
}

/** What a schema allows, of the kinds this document uses. @throws for any other */
function valuesOf(schema: Json): fc.Arbitrary<unknown> {
  const { type, pattern, minimum, maximum, items, minItems, maxItems, properties } = schema;
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom<unknown>(...(schema['enum'] as unknown[]));
  if (type === 'integer') return fc.integer({ min: Number(minimum), max: Math.min(Number(maximum), 2 ** 31 - 1) });
  if (type === 'string') return typeof pattern === 'string' ? fc.stringMatching(new RegExp(pattern)) : fc.string();
  if (type === 'array') return fc.uniqueArray(valuesOf(items as Json), { minLength: Number(minItems), maxLength: Math.min(Number(maxItems), 8) });
  if (type === 'object') {
    const members = Object.entries(properties as Record<string, Json>).map(([name, member]) => [name, valuesOf(member)]);
    return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>);
  }
  throw new Error(`no values for ${JSON.stringify(schema)}`);
}

// Texts near what parameters take, and what servers read in different ways.
const nearText = fc.oneof(
  fc.constantFrom('0', '1', '20', '100', '101', '01', '1.0', '1e1', '+1', ' 1', '-1', '2147483648', '9'.repeat(30), ''),
  fc.constantFrom('created', 'Created', 'failed', 'credentials', 'credential', 'a'.repeat(64), 'a'.repeat(65), 'a/b', '%41', '%', 'ü', 'null'),
  fc.string({ maxLength: 12 }),
);

/** Whether a parameter's text means a value its schema allows: numbers are their canonical digits. */
function allows(schema: Json, text: string): boolean {
  if (schema['type'] !== 'integer') return validatorOf(schema)(text);
  return String(Number(text)) === text && validatorOf(schema)(Number(text));
}

function textsOf(schema: Json): fc.Arbitrary<Part> {
  const texts = fc.oneof({ weight: 5, arbitrary: valuesOf(schema).map(String) }, { weight: 1, arbitrary: nearText });
  return texts.map((text) => ({ text, isValid: allows(schema, text) }));
}

// Dot segments never reach a server: every client resolves them first.
const asSegment = (texts: fc.Arbitrary<Part>) => texts.filter(({ text }) => text !== '' && !/^\.{1,2}$/.test(text));

// Clients trim header values and refuse control characters.
const asHeader = (texts: fc.Arbitrary<Part>) => texts.filter(({ text }) => /^[!-~](?:[ -~]*[!-~])?$/.test(text));

/** What the offline stage holds, beside the document's own examples. */
const seeded: Readonly<Record<string, readonly string[]>> = { productId: ['PSK1234567', 'BATCH12345'], taskId: ['pskdedf123456789', 'batch100devices1'], deviceName: ['sensor-001'] };

function pathPart({ name, schema, example }: Json): fc.Arbitrary<Part> {
  const real = [String(example), ...(seeded[String(name)] ?? [])];
  return fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...real).map((text) => ({ text, isValid: true })) }, { weight: 1, arbitrary: asSegment(textsOf(schema as Json)) });
}

const seldom = <T>(values: fc.Arbitrary<T>) => fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });

// What no schema of one parameter can say: a page with credentials is smaller.
function isTooLarge(query: string): boolean {
  const parameters = new URLSearchParams(query);
  return parameters.has('include') && Number(parameters.get('pageSize')) > 200;
}

function queryPart(parameters: readonly Json[]): fc.Arbitrary<Part> {
  // What a cursor says no schema can tell: one that was made up is of no list.
  const pair = (name: string) => ({ text, isValid }: Part) => ({ text: `${name}=${encodeURIComponent(text)}`, isValid: isValid && name !== 'cursor' });
  const documented = parameters.map(({ name, schema }) =>
    fc.option(textsOf(schema as Json).map(pair(String(name))), { freq: 2, nil: undefined }),
  );
  const stray = fc.constantFrom('colour=red', 'Page=1', 'page[]=1').map((text) => ({ text, isValid: false }));
  return fc.tuple(...documented, seldom(stray)).map((options) => {
    const parts = options.filter((part) => part !== undefined);
    const text = parts.map((part) => part.text).join('&');
    return { text, isValid: parts.every((part) => part.isValid) && !isTooLarge(text) };
  });
}

function bodyPart(requestBody: unknown): fc.Arbitrary<Part | undefined> {
  if (requestBody === undefined) return fc.constant(undefined);
  const { content } = requestBody as { content: { 'application/json': { schema: Json } } };
  const schema = content['application/json'].schema;
  const values = fc.oneof(
    { weight: 6, arbitrary: valuesOf(resolve(schema)) },
    fc.constantFrom<unknown>({}, [], null, 'a', { deviceNames: [] }, { deviceNames: ['a', 'a'] }, { deviceNames: 'a' }, { deviceNames: ['a'], colour: 1 }),
    fc.record({ deviceNames: fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 120 }) }),
  );
  return values.map((value) => ({ text: JSON.stringify(value), isValid: validatorOf(schema)(value) }));
}

function headerParts(parameters: readonly Json[]): fc.Arbitrary<readonly (readonly [string, Part])[]> {
  const options = parameters.map(({ name, schema }) =>
    fc.option(asHeader(textsOf(schema as Json)).map((part) => [String(name), part] as const), { freq: 2, nil: undefined }),
  );
  return fc.tuple(...options).map((parts) => parts.filter((part) => part !== undefined));
}

function requestsOf(template: string, method: string, operation: Json): fc.Arbitrary<GeneratedRequest> {
  const parameters = (operation['parameters'] as unknown[]).map(resolve);
  const inPlace = (place: string) => parameters.filter((parameter) => parameter['in'] === place);
  const segments = fc.tuple(...inPlace('path').map((parameter) => pathPart(parameter).map((part) => [String(parameter['name']), part] as const)));
  return fc
    .record({ segments, query: queryPart(inPlace('query')), headers: headerParts(inPlace('header')), body: bodyPart(operation['requestBody']) })
    .map(({ segments: path, query, headers, body }) => ({
      operationId: String(operation['operationId']),
      method: method.toUpperCase(),
      path: path.reduce((filled, [name, { text }]) => filled.replace(`{${name}}`, () => encodeURIComponent(text)), template) + (query.text && `?${query.text}`),
      headers: Object.fromEntries(headers.map(([name, { text }]) => [name, text])),
      body: body?.text,
      isValid: [...path.map(([, part]) => part), query, ...headers.map(([, part]) => part)].every((part) => part.isValid) && body?.isValid !== false,
    }));
}

/** Requests of every operation of the document: what it allows, and what is near it. */
export const documentRequests: fc.Arbitrary<GeneratedRequest> = fc.oneof(
  ...Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestsOf(template, method, operation)),
  ),
);
