import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import document from '../../docs/openapi.json' with { type: 'json' };

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

// What any HTTP server may add, and what the document says once for all answers (`info.description`).
const EVERYWHERE = [
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'strict-transport-security',
  'x-content-type-options',
  'referrer-policy',
  'content-security-policy',
];

/** The node itself, its references followed. */
export function resolve(node: unknown): Json {
  if (!isRecord(node)) throw new Error('not an object of the document');
  const { $ref: ref } = node;
  if (typeof ref !== 'string') return node;
  let target: unknown = document;
  for (const step of ref.slice(2).split('/')) target = isRecord(target) ? target[step] : undefined;
  return resolve(target);
}

/** The same schema, but a member it does not name is a fault: what is answered has to be documented. */
function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (!isRecord(node)) return node;
  const closed = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, close(value)]));
  return isRecord(node['properties']) && node['type'] === 'object' ? { ...closed, additionalProperties: false } : closed;
}

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema({ $id: 'closed', ...(close({ components: { schemas: document.components.schemas } }) as object) });
const validators = new Map<string, ValidateFunction>();

/** Compiles a schema of the document, its references resolved. */
export function validatorOf(schema: unknown): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"closed#/components/');
  const known = validators.get(text) ?? ajv.compile(close(JSON.parse(text)) as object);
  validators.set(text, known);
  return known;
}

function faultsOf(name: string, schema: unknown, value: unknown): string[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${name}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
}

/** The operation a request is for; HEAD is answered as GET is; `undefined` where no path takes it. */
export function findOperation(method: string, path: string): Json | undefined {
  for (const [template, methods] of Object.entries(document.paths)) {
    const pattern = new RegExp(`^${template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]*')}$`);
    if (!pattern.test(path)) continue;
    const operation = Object.entries(methods).find(([name]) => name === method.toLowerCase())?.[1];
    // The answer to another method on a path that exists is told by every operation of that path.
    return operation ?? Object.values(methods)[0];
  }
  return undefined;
}

function headerFaults(response: Response, documented: Json): string[] {
  const known = new Map(Object.entries(documented).map(([name, header]) => [name.toLowerCase(), resolve(header)]));
  const faults = [...known].filter(([name, { required }]) => required === true && !response.headers.has(name)).map(([name]) => `lacks ${name}`);
  for (const [name, value] of response.headers) {
    const header = known.get(name);
    if (header === undefined && !EVERYWHERE.includes(name)) faults.push(`undocumented header ${name}`);
    if (header === undefined) continue;
    const { schema } = header;
    const typed = isRecord(schema) && schema['type'] === 'integer' ? Number(value) : value;
    faults.push(...faultsOf(`header ${name}`, schema, typed));
  }
  return faults;
}

function codeFault(body: unknown, examples: unknown): string[] {
  const code = isRecord(body) ? body['code'] : undefined;
  return isRecord(examples) && typeof code === 'string' && code in examples ? [] : [`undocumented code ${String(code)}`];
}

/** The answer of the function alone, not of the gateway, carries these. */
function ownFaults(response: Response, contentType: string | undefined, status: number): string[] {
  if (contentType === 'application/json' && status >= 400) return [];
  return ['x-request-id', 'traceparent', 'cache-control'].filter((name) => !response.headers.has(name)).map((name) => `lacks ${name}`);
}

async function bodyFaults(response: Response, content: Json, contentType: string): Promise<string[]> {
  const media = content[contentType];
  if (!isRecord(media)) return [`undocumented content type ${contentType}`];
  const text = await response.text();
  if (!contentType.endsWith('json')) return faultsOf('body', media['schema'], text);
  const body: unknown = JSON.parse(text);
  const faults = faultsOf('body', media['schema'], body);
  return contentType === 'application/problem+json' ? [...faults, ...codeFault(body, media['examples'])] : faults;
}

/**
 * Everything in an answer that `docs/openapi.json` does not say: its status, headers, content type, members, and
 * problem codes. @param path with or without its query @returns one line a fault; the response stays unread
 */
export async function contractFaults(method: string, path: string, response: Response): Promise<string[]> {
  const { status } = response;
  const operation = findOperation(method, path.split('?')[0] ?? '');
  // A path that does not exist has no operation; its answer is the `NotFound` of the document.
  const responses = resolve(operation?.['responses'] ?? { 404: document.components.responses.NotFound });
  if (responses[status] === undefined) return [`undocumented status ${status}`];
  const documented = resolve(responses[status]);
  const contentType = response.headers.get('content-type')?.split(';')[0];
  const { headers = {}, content = {} } = documented as { headers?: Json; content?: Json };
  const faults = [...headerFaults(response, headers), ...ownFaults(response, contentType, status)];
  if (Object.keys(content).length === 0 || method === 'HEAD') return [...faults, ...((await response.clone().text()) === '' ? [] : ['has a body'])];
  return [...faults, ...(await bodyFaults(response.clone(), content, contentType ?? 'none'))];
}
