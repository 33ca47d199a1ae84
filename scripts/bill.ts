import { formatTable } from './markedSection.ts';
import { addUsage, POSITIONS, priceUsage, sum, type Usage } from './prices.ts';
import { ASSUMED, measureUsage, type Measured } from './usage.ts';

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

// 10⁸ reads a day over the tasks of a month, one in ten with secrets.
const AT_SCALE: Load = { name: 'at scale', T: 1_000_000, D: 100, q: 2, r: 3000, s: 300 };
const LOADS: readonly Load[] = [
  { name: 'workshop', T: 300, D: 50, q: 10, r: 20, s: 5 },
  { name: 'plant', T: 10_000, D: 100, q: 20, r: 50, s: 10 },
  { name: 'platform', T: 100_000, D: 100, q: 20, r: 300, s: 10 },
  AT_SCALE,
];

function usageOf({ T, D, q, r, s }: Load, measured: Measured): Usage {
  const each = measureUsage(measured);
  return addUsage(
    [T, each.creation],
    [T * q, each.poll],
    [T, each.coldRead(D)],
    [T * (r - s), each.read],
    [T * s, each.readWithSecrets],
    [T, each.storedMonth(D)],
  );
}

/** What is billed whether or not anybody calls. */
export interface Standing {
  readonly alarmMetrics: number;
  readonly stageMetrics: number;
  /** Those of the vendor's, by the API that is called. */
  readonly apiMetrics: number;
  readonly routeMetrics: number;
}

const whole = (count: number) => Math.round(count).toLocaleString('en');
const dollars = (amount: number) => amount.toFixed(2);

function renderUnitCosts(measured: Measured): string {
  const { read, readWithSecrets, creation, coldRead, storedMonth } = measureUsage(measured);
  const columns: readonly (readonly [string, Usage])[] = [
    ['a million pages of 20', addUsage([1e6, read])],
    ['a million with secrets', addUsage([1e6, readWithSecrets])],
    ['a million tasks of 100 certificates, created and stored', addUsage([1e6, creation], [1e6, coldRead(100)])],
    ['their month in the table', addUsage([1e6, storedMonth(100)])],
  ];
  const priced = columns.map(([, usage]) => priceUsage(usage));
  const rows = POSITIONS.map(({ name, price }, index) => [name, price, ...priced.map((amounts) => dollars(amounts[index] ?? NaN))]);
  const total = ['**together**', '', ...priced.map((amounts) => `**${dollars(sum(amounts))}**`)];
  return formatTable(['', 'price', ...columns.map(([name]) => name)], [...rows, total]);
}

function renderLoads(measured: Measured, { alarmMetrics, stageMetrics, apiMetrics, routeMetrics }: Standing): string {
  const standing = 4.4 + alarmMetrics * 0.1 + (stageMetrics + apiMetrics + routeMetrics) * 0.3;
  const priced = LOADS.map((load) => priceUsage(usageOf(load, measured)));
  const row = (name: string, tell: (load: Load, index: number) => string) => [name, ...LOADS.map(tell)];
  const rows = [
    row('T, D', ({ T, D }) => `${whole(T)}, ${D}`),
    row('q, r, s', ({ q, r, s }) => `${q}, ${whole(r)}, ${s}`),
    row('requests', (load) => whole(usageOf(load, measured).requests)),
    ...POSITIONS.map(({ name }, position) => row(name, (_, load) => dollars(priced[load]?.[position] ?? NaN))),
    row('standing', () => dollars(standing)),
    row('**a month**', (_, load) => `**${dollars(sum(priced[load] ?? []) + standing)}**`),
  ];
  const what = `Standing: key 1, secret 0.40, dashboard 3, ${alarmMetrics} alarm metrics × 0.10, ${stageMetrics} metrics of the stage, ${apiMetrics} by API and ${routeMetrics} by route × 0.30.`;
  return `${what}\n\n${formatTable(['', ...LOADS.map(({ name }) => name)], rows)}`;
}

/** What things cost, and four months of loads, for `docs/operations.md`. */
export function renderBill(measured: Measured, standing: Standing): string {
  return `${ASSUMED}\n\n${renderUnitCosts(measured)}\n\n${renderLoads(measured, standing)}`;
}

const DAYS = 30;

/** Dollars a day at 10⁸ reads, standing costs apart. */
export function dollarsADayAtScale(measured: Measured): number {
  return sum(priceUsage(usageOf(AT_SCALE, measured))) / DAYS;
}

/** Where they go, for `docs/performance.md`. */
export function renderAtScale(measured: Measured): string {
  const usage = usageOf(AT_SCALE, measured);
  const priced = priceUsage(usage);
  const rows = POSITIONS.map(({ name, unit, price }, index) => [name, whole(usage[unit]), price, dollars((priced[index] ?? NaN) / DAYS)]);
  return formatTable(['', 'a month', 'price', 'dollars a day'], [...rows, ['**together**', '', '', `**${dollars(sum(priced) / DAYS)}**`]]);
}
