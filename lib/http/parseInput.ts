import * as z from 'zod/mini';
import { identifier } from '../deviceTasks/resources.ts';
import type { InputFault } from '../errors.ts';

/** What parsing brings: a value, or every fault with its place. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly InputFault[] };

/** A schema of parameters: each a string, or optional; what it does not name is unknown. */
export type ParameterSchema<T = Record<string, unknown>> = z.ZodMiniObject & z.ZodMiniType<T>;

const IDENTIFIER_RULE = 'must be 1 to 64 of A-Z a-z 0-9 _ -';

/**
 * A whole decimal number from `min` to `max` as its canonical digits: no sign, point, exponent or leading zero.
 * Its output side is an integer schema, which is what the OpenAPI document shows.
 */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  // 15 digits are always a safe integer, so that a fault is told once.
  const digits = z.string({ error }).check(z.regex(/^(0|[1-9]\d{0,14})$/, { error }));
  const number = z.int({ error }).check(z.minimum(min, { error }), z.maximum(max, { error }));
  return z.pipe(z.pipe(digits, z.transform(Number)), number);
}

/** Checks the path parameters of these names. @param given percent-decoded */
export function parsePath(names: readonly string[], given: Readonly<Record<string, string | undefined>>): Parsed<Readonly<Record<string, string>>> {
  const values = names.map((name) => [name, given[name] ?? ''] as const);
  const faults = values
    .filter(([, value]) => !identifier.safeParse(value).success)
    .map(([name]): InputFault => ({ in: 'path', name, detail: IDENTIFIER_RULE }));
  return faults.length === 0 ? { ok: true, value: Object.fromEntries(values) } : { ok: false, faults };
}

/** Parses a raw query string strictly: unknown and repeated parameters are faults, named. */
export function parseQuery<T>(rawQuery: string, schema: ParameterSchema<T>): Parsed<T> {
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
