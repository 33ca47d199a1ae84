import type * as z from 'zod/mini';
import { AppError, type InputFault } from '../errors.ts';
import type { HttpRequest } from './httpRequest.ts';
import type { Parsed } from './parseInput.ts';

const MAX_BODY_BYTES = 64 * 1024;

// A missing type is taken for JSON, as API Gateway's default is; another charset than UTF-8 is no JSON.
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

function invalidBody(detail: string): AppError {
  const errors: InputFault[] = [{ in: 'body', pointer: '', detail }];
  return new AppError('invalid-request', `The body ${detail}.`, { errors });
}

/**
 * The JSON document a body holds.
 * @throws AppError `unsupported-media-type`, `payload-too-large`, or `invalid-request` at the pointer `""`
 */
export function parseJsonBody({ body, headers }: Pick<HttpRequest, 'body' | 'headers'>): unknown {
  const contentType = headers.get('content-type');
  if (contentType !== undefined && !JSON_TYPE.test(contentType.trim()))
    throw new AppError('unsupported-media-type', 'Send the body as application/json.');
  if (body === undefined || body.length === 0) throw invalidBody('is missing');
  if (body.length > MAX_BODY_BYTES)
    throw new AppError('payload-too-large', `The body is over ${MAX_BODY_BYTES / 1024} KiB.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw invalidBody('is not valid JSON');
  }
}

// What is wrong in a hundred places need not be told of more.
const MAX_FAULTS = 100;

type Step = string | number | symbol;

/** An RFC 6901 pointer. */
export function toPointer(path: readonly Step[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Checks a body's document by its schema: every fault with its pointer, unknown members too. */
export function parseDocument<T>(document: unknown, schema: z.ZodMiniType<T>): Parsed<T> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues.flatMap((issue): InputFault[] => {
    if (issue.code !== 'unrecognized_keys') return [{ in: 'body', pointer: toPointer(issue.path), detail: issue.message }];
    return issue.keys.map((key) => ({ in: 'body', pointer: toPointer([...issue.path, key]), detail: 'is not a member of this body' }));
  });
  return { ok: false, faults: faults.slice(0, MAX_FAULTS) };
}
