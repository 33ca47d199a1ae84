/** What is billed by use, a month. A GB is 10⁹ bytes. */
export interface Usage {
  readonly requests: number;
  /** GB-seconds of functions. */
  readonly gbSeconds: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** GB-months of the table. */
  readonly storedGb: number;
  /** Calls of KMS. */
  readonly keyCalls: number;
  readonly logGb: number;
  readonly trafficGb: number;
}

export const NOTHING: Usage = { requests: 0, gbSeconds: 0, writeUnits: 0, readUnits: 0, storedGb: 0, keyCalls: 0, logGb: 0, trafficGb: 0 };

export const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

const UNITS = Object.keys(NOTHING) as (keyof Usage)[]; // its own keys

/** So many times the one, and so many times the other. */
export function addUsage(...parts: readonly (readonly [times: number, usage: Usage])[]): Usage {
  const total = (unit: keyof Usage) => sum(parts.map(([times, usage]) => times * usage[unit]));
  return Object.fromEntries(UNITS.map((unit): [string, number] => [unit, total(unit)])) as Record<keyof Usage, number>; // every unit
}

/** Prices of a unit in dollars, each up to an amount a month. */
type Steps = readonly (readonly [upTo: number, price: number])[];

interface Position {
  readonly name: string;
  readonly unit: keyof Usage;
  /** In words. */
  readonly price: string;
  readonly steps: Steps;
}

const flat = (price: number): Steps => [[Infinity, price]];

/**
 * List prices of AWS, us-east-1, in US dollars, without the free tier and taxes. Logs: written, and kept for a month.
 * Sources: the pricing pages of API Gateway (HTTP APIs), Lambda (arm64), DynamoDB (on demand), KMS, CloudWatch and EC2.
 */
export const POSITIONS: readonly Position[] = [
  { name: 'gateway', unit: 'requests', price: '1.00 a million requests to 300 million a month, then 0.90', steps: [[300e6, 1e-6], [Infinity, 0.9e-6]] },
  { name: 'functions, calls', unit: 'requests', price: '0.20 a million', steps: flat(0.2e-6) },
  { name: 'functions, time', unit: 'gbSeconds', price: '0.0000133334 a GB-second', steps: flat(1.33334e-5) },
  { name: 'table, writes', unit: 'writeUnits', price: '0.625 a million units', steps: flat(0.625e-6) },
  { name: 'table, reads', unit: 'readUnits', price: '0.125 a million units', steps: flat(0.125e-6) },
  { name: 'table, kept', unit: 'storedGb', price: '0.25 a GB-month, and 0.20 for its recovery', steps: flat(0.45) },
  { name: 'key, calls', unit: 'keyCalls', price: '0.03 per 10,000', steps: flat(3e-6) },
  { name: 'logs', unit: 'logGb', price: '0.50 a GB to 10 TB a month, then 0.25 to 30 TB; 0.03 a GB-month kept', steps: [[10e3, 0.53], [30e3, 0.28], [Infinity, 0.13]] },
  { name: 'traffic out', unit: 'trafficGb', price: '0.09 a GB to 10 TB a month, 0.085 to 50 TB, 0.07 to 150 TB, then 0.05', steps: [[10e3, 0.09], [50e3, 0.085], [150e3, 0.07], [Infinity, 0.05]] },
];

function priceSteps(amount: number, steps: Steps): number {
  const inStep = (index: number, upTo: number) => Math.max(0, Math.min(amount, upTo) - (steps[index - 1]?.[0] ?? 0));
  return sum(steps.map(([upTo, price], index) => inStep(index, upTo) * price));
}

/** Dollars by position, in the order of `POSITIONS`. */
export function priceUsage(usage: Usage): number[] {
  return POSITIONS.map(({ unit, steps }) => priceSteps(usage[unit], steps));
}
