import * as z from 'zod/mini';
import type { InputFault } from '../errors.ts';

/** What parsing brings: a value, or every fault with its place. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly InputFault[] };

/**
 * A whole decimal number from `min` to `max` as its canonical digits: no sign, point, exponent or leading zero.
 * Its output side is an integer schema, which is what the OpenAPI document shows.
 */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  // 15 digits are always a safe integer, so that one fault is reported once.
  const digits = z.string({ error }).check(z.regex(/^(0|[1-9]\d{0,14})$/, { error }));
  const number = z.int({ error }).check(z.minimum(min, { error }), z.maximum(max, { error }));
  return z.pipe(z.pipe(digits, z.transform(Number)), number);
}

/** Checks the path parameters a schema names. @param given percent-decoded */
export function parsePath<Schema extends z.ZodMiniObject>(given: Readonly<Record<string, string | undefined>>, schema: Schema): Parsed<z.infer<Schema>> {
  const parsed = schema.safeParse(Object.fromEntries(Object.keys(schema.shape).map((name) => [name, given[name] ?? ''])));
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, faults: parsed.error.issues.map((issue) => ({ in: 'path', name: String(issue.path[0]), detail: issue.message })) };
}

/** Parses a raw query string strictly: unknown and repeated parameters are faults, named. */
export function parseQuery<Schema extends z.ZodMiniObject>(rawQuery: string, schema: Schema): Parsed<z.infer<Schema>> {
  // With a `?` of its own, since URLSearchParams drops a leading one, and with it the name `?page` would be `page`.
  const parameters = new URLSearchParams(`?${rawQuery}`);
  const fault = (name: string, detail: string): InputFault => ({ in: 'query', name, detail });
  const counts = new Map<string, number>();
  for (const name of parameters.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const isRepeated = (name: string) => (counts.get(name) ?? 0) > 1;
  const faults: InputFault[] = [];
  for (const name of counts.keys()) {
    if (!Object.hasOwn(schema.shape, name)) faults.push(fault(name, 'is not a parameter of this path'));
    else if (isRepeated(name)) faults.push(fault(name, 'is given more than once'));
  }
  const parsed = schema.safeParse(Object.fromEntries(parameters));
  const issues = parsed.success ? [] : parsed.error.issues.filter((issue) => !isRepeated(String(issue.path[0])));
  faults.push(...issues.map((issue) => fault(String(issue.path[0]), issue.message)));
  return parsed.success && faults.length === 0 ? { ok: true, value: parsed.data } : { ok: false, faults };
}
