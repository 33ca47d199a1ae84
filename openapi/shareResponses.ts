import { STATUS_CODES } from 'node:http';
import type { Json } from './schemas.ts';

/** Paths of the document with their operations by method, and the answers of each by status. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Json & { readonly responses: Readonly<Record<string, Json>> }>>>>;

function nameOf(status: string, taken: Json): string {
  const base = (STATUS_CODES[Number(status)] ?? status).replaceAll(/[^A-Za-z]/g, '');
  let name = base;
  for (let count = 2; name in taken; count += 1) name = `${base}${count}`;
  return name;
}

/** Names every answer that several operations share, so that the document says it once. */
export function shareResponses(paths: Paths): { paths: Json; responses: Record<string, Json> } {
  const answers = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ responses }) => Object.entries(responses).map(([status, answer]) => ({ status, answer }))),
  );
  const uses = Map.groupBy(answers, ({ answer }) => JSON.stringify(answer));
  const responses: Record<string, Json> = {};
  const refs = new Map<string, Json>();
  for (const [text, [first, second]] of uses) {
    if (first === undefined || second === undefined) continue;
    const name = nameOf(first.status, responses);
    responses[name] = first.answer;
    refs.set(text, { $ref: `#/components/responses/${name}` });
  }
  const mapValues = <T>(record: Readonly<Record<string, T>>, change: (value: T) => Json): Json =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
  const shared = mapValues(paths, (methods) =>
    mapValues(methods, (operation) => ({
      ...operation,
      responses: mapValues(operation.responses, (answer) => refs.get(JSON.stringify(answer)) ?? answer),
    })),
  );
  return { paths: shared, responses };
}
