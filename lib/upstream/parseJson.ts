/** The value a text holds as JSON; `undefined`, which no JSON means, if it holds none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
