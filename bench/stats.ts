/** A sample's middle and spread. */
export interface Summary {
  readonly median: number;
  /** Lower and upper quartile. */
  readonly q1: number;
  readonly q3: number;
  readonly samples: number;
}

function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(position)] ?? NaN, sorted[Math.ceil(position)] ?? NaN];
  return low + (high - low) * (position - Math.floor(position));
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75), samples: sorted.length };
}

/** The ratios of samples that were taken in the same round, so that a slow moment slows both. */
export function ratio(ours: readonly number[], peers: readonly number[]): Summary {
  return summarize(ours.map((value, round) => value / (peers[round] ?? NaN)));
}

export const round = (value: number, digits = 2) => Number(value.toFixed(digits));
