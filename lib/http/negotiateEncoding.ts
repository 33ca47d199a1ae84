// RFC 9110, 12.4.2: three decimals at most. A weight that is malformed is never one to be chosen by.
const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

function readWeight(parameters: readonly string[]): number {
  const parameter = parameters.find((text) => /^q\s*=/.test(text));
  if (parameter === undefined) return 1;
  const value = parameter.slice(parameter.indexOf('=') + 1).trim();
  return WEIGHT.test(value) ? Number(value) : 0;
}

/** The weight of each coding an `Accept-Encoding` names, or media range an `Accept` does; of one named twice, the first. */
export function readWeights(field: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const member of field.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = member.split(';').map((part) => part.trim());
    if (coding !== '' && !weights.has(coding)) weights.set(coding, readWeight(parameters));
  }
  return weights;
}

/**
 * Which encoding to answer in (RFC 9110, 12.5.3): of those the client takes the one it weighs highest; of equals
 * the first of `available`, `identity` last. `identity` also if nothing else is left, though the client refuses it,
 * and without a field: a client that sends none can seldom decode any.
 * @param field `Accept-Encoding` @param available in lower case, the best first, without `identity`
 */
export function negotiateEncoding<Coding extends string>(field: string | undefined, available: readonly Coding[]): Coding | 'identity' {
  if (field === undefined) return 'identity';
  const weights = readWeights(field);
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0;
  let best: { coding: Coding | 'identity'; weight: number } = { coding: 'identity', weight: 0 };
  for (const coding of [...available, 'identity' as const]) if (weightOf(coding) > best.weight) best = { coding, weight: weightOf(coding) };
  return best.coding;
}
