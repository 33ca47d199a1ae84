import { visit } from 'jsonc-parser';
import type * as z from 'zod/mini';
import { AppError, type InputFault } from '../errors.ts';
import type { HttpRequest } from './httpRequest.ts';
import type { Parsed } from './parseInput.ts';

// A missing type is taken for JSON, as API Gateway's default is; another charset than UTF-8 is no JSON.
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

function invalidBody(detail: string): AppError {
  const errors: InputFault[] = [{ in: 'body', pointer: '', detail }];
  return new AppError('invalid-request', `The body ${detail}.`, { errors });
}

type Message = Pick<HttpRequest, 'body' | 'headers'>;

/** A body a function takes: JSON, unless it says otherwise. */
export interface JsonBody<Schema extends z.ZodMiniType> {
  readonly schema: Schema;
  /** Whether it takes `text/csv` as well. */
  readonly takesCsv?: true;
  /**
   * Reads it by its schema: every fault with its pointer, unknown and repeated members too.
   * @throws AppError `unsupported-media-type`, `payload-too-large`, or `invalid-request` if it is no JSON
   */
  readonly parse: (message: Message) => Parsed<z.infer<Schema>>;
}

/** @throws AppError `payload-too-large`, or `invalid-request` at the pointer `""` */
export function requireBody({ body }: Message, maxBytes: number): Uint8Array {
  if (body === undefined || body.length === 0) throw invalidBody('is missing');
  if (body.length > maxBytes)
    throw new AppError('payload-too-large', `The body is over ${maxBytes / 1024} KiB.`);
  return body;
}

/** @param form what it should be, for the error @throws AppError `invalid-request` at the pointer `""` */
export function decodeUtf8(body: Uint8Array, form: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw invalidBody(`is not valid ${form}`);
  }
}

function requireJsonType({ headers }: Message, taken: string): void {
  const contentType = headers.get('content-type');
  if (contentType !== undefined && !JSON_TYPE.test(contentType.trim()))
    throw new AppError('unsupported-media-type', `Send the body as ${taken}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidBody('is not valid JSON');
  }
}

type Step = string | number | symbol;

/** An RFC 6901 pointer. */
export function toPointer(path: readonly Step[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Pointers to the members that an object of this JSON text names again: `JSON.parse` keeps the last in silence. */
function findRepeatedMembers(text: string): ReadonlySet<string> {
  const open: Set<string>[] = [];
  const repeated = new Set<string>();
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectProperty: (name, _offset, _length, _line, _character, pathOf) => {
      const names = open.at(-1);
      if (names?.has(name)) repeated.add(toPointer([...pathOf(), name]));
      names?.add(name);
    },
    onObjectEnd: () => void open.pop(),
  });
  return repeated;
}

function repeatedFaults(text: string): InputFault[] {
  try {
    return [...findRepeatedMembers(text)].map((pointer) => ({ in: 'body', pointer, detail: 'is given more than once' }));
  } catch {
    throw invalidBody('is nested too deeply'); // the visitor calls itself for each level
  }
}

function schemaFaults(error: z.core.$ZodError): InputFault[] {
  return error.issues.flatMap((issue): InputFault[] => {
    if (issue.code !== 'unrecognized_keys') return [{ in: 'body', pointer: toPointer(issue.path), detail: issue.message }];
    return issue.keys.map((key) => ({ in: 'body', pointer: toPointer([...issue.path, key]), detail: 'is not a member of this body' }));
  });
}

/** @param maxBytes of the body itself, however the gateway encoded it @param taken the media types the function takes */
export function jsonBody<Schema extends z.ZodMiniType>(schema: Schema, maxBytes: number, taken = 'application/json'): JsonBody<Schema> {
  return {
    schema,
    parse: (message) => {
      requireJsonType(message, taken);
      const text = decodeUtf8(requireBody(message, maxBytes), 'JSON');
      const parsed = schema.safeParse(parseJson(text));
      const faults = [...repeatedFaults(text), ...(parsed.success ? [] : schemaFaults(parsed.error))];
      return parsed.success && faults.length === 0 ? { ok: true, value: parsed.data } : { ok: false, faults };
    },
  };
}
