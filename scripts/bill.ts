import { formatTable } from './markedSection.ts';

/** A month's load, by the letters of the document. */
interface Load {
  readonly name: string;
  /** Tasks, and devices of each. */
  readonly T: number;
  readonly D: number;
  /** A task's polls, its reads of a page of 20, and those of them with secrets. */
  readonly q: number;
  readonly r: number;
  readonly s: number;
}

const LOADS: readonly Load[] = [
  { name: 'workshop', T: 300, D: 50, q: 10, r: 20, s: 5 },
  { name: 'plant', T: 10_000, D: 100, q: 20, r: 50, s: 10 },
  { name: 'platform', T: 100_000, D: 100, q: 20, r: 300, s: 10 },
];

const requestsOf = ({ T, q, r }: Load) => T * (1 + q + r);

/** What is billed whether or not anybody calls. */
export interface Standing {
  readonly alarmMetrics: number;
  readonly stageMetrics: number;
  /** Those of the vendor's, by the API that is called. */
  readonly apiMetrics: number;
  readonly routeMetrics: number;
}

interface Position {
  readonly name: string;
  readonly formula: string;
  /** The formula, worked out, in US dollars. */
  readonly cost: (load: Load) => number;
}

const positions = ({ alarmMetrics, stageMetrics, apiMetrics, routeMetrics }: Standing): readonly Position[] => [
  { name: 'gateway', formula: 'n × 1.00e-6', cost: (load) => requestsOf(load) * 1e-6 },
  {
    name: 'functions',
    formula: 'n × 0.20e-6 + T(0.2 + 0.3q + 0.6 + 0.02r + 0.01s) GB-s × 1.33334e-5',
    cost: (load) => requestsOf(load) * 0.2e-6 + load.T * (0.8 + 0.3 * load.q + 0.02 * load.r + 0.01 * load.s) * 1.33334e-5,
  },
  {
    name: 'table, writes',
    formula: 'T(1.7D + 7) × 0.625e-6 (20 devices: 9 KB in clear, 25 KB encrypted, a unit a KB)',
    cost: ({ T, D }) => T * (1.7 * D + 7) * 0.625e-6,
  },
  {
    name: 'table, reads',
    formula: 'T(2r + 3.5s + q) × 0.125e-6 (a page of 20: header and 9 KB, its secrets 25 KB, half a unit per 4 KB of an item)',
    cost: ({ T, q, r, s }) => T * (2 * r + 3.5 * s + q) * 0.125e-6,
  },
  { name: 'table, kept 30 days', formula: 'T × D × 1.7e-6 GB × 0.45', cost: ({ T, D }) => T * D * 1.7e-6 * 0.45 },
  { name: 'key, calls', formula: 'T(1 + s) × 3e-6', cost: ({ T, s }) => T * (1 + s) * 3e-6 },
  { name: 'logs', formula: 'n × 2.4e-6 GB × 0.55', cost: (load) => requestsOf(load) * 2.4e-6 * 0.55 },
  {
    name: 'traffic out',
    formula: '(T × r × 30e-6 + T × s × 36e-6 GB − 100) × 0.09',
    cost: ({ T, r, s }) => Math.max(0, T * r * 30e-6 + T * s * 36e-6 - 100) * 0.09,
  },
  {
    name: 'standing',
    formula: `key 1 + secret 0.40 + dashboard 3 + ${alarmMetrics} alarm metrics × 0.10 + ${stageMetrics} metrics of the stage, ${apiMetrics} by API and ${routeMetrics} by route × 0.30`,
    cost: () => 4.4 + alarmMetrics * 0.1 + (stageMetrics + apiMetrics + routeMetrics) * 0.3,
  },
];

const dollars = (amount: number) => amount.toFixed(2);
const whole = (count: number) => count.toLocaleString('en');

/** The bill's formulas, and three loads worked out by them, for `docs/operations.md`. */
export function renderBill(standing: Standing): string {
  const all = positions(standing);
  const worked = (name: string, tell: (load: Load) => string) => [name, ...LOADS.map(tell)];
  const rows = [
    worked('T, D', ({ T, D }) => `${whole(T)}, ${D}`),
    worked('q, r, s', ({ q, r, s }) => `${q}, ${r}, ${s}`),
    worked('n', (load) => whole(requestsOf(load))),
    ...all.map(({ name, cost }) => worked(name, (load) => dollars(cost(load)))),
    // Of the rounded positions, as whoever adds them up would have it.
    worked('**a month**', (load) => `**${dollars(all.reduce((sum, { cost }) => sum + Number(dollars(cost(load))), 0))}**`),
  ];
  const formulas = formatTable(['', ''], all.map(({ name, formula }) => [name, formula]));
  return `${formulas}\n\n${formatTable(['', ...LOADS.map(({ name }) => name)], rows)}`;
}
