import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** A load of a month, by the letters of `docs/operations.md`. */
interface Load {
  readonly T: number;
  readonly D: number;
  readonly q: number;
  readonly r: number;
  readonly s: number;
}

const [, text = ''] = /^## The bill$([^]*?)^## /m.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
const rows = [...text.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => row.split(' | '));
const cellsOf = (name: string): string[] => rows.findLast(([first]) => first === name)?.slice(1) ?? [];
const numbersOf = (name: string) => cellsOf(name).map((cell) => Number(cell.replaceAll(/[,*]/g, '')));
const formulaOf = (name: string) => rows.find(([first]) => first === name)?.[1] ?? '';

/** What the written formulas say, row by row of the worked loads. */
const WORKED: Record<string, (load: Load, n: number) => number> = {
  gateway: (_load, n) => n * 1e-6,
  functions: ({ T, q, r, s }, n) => n * 0.2e-6 + T * (0.2 + 0.3 * q + 0.6 + 0.02 * r + 0.01 * s) * 1.33334e-5,
  table: ({ T, D, q, r, s }) => T * (4 * D + 5) * 0.625e-6 + T * (3.5 * r + 5 * s + 0.5 * q) * 0.125e-6 + T * D * 3.6e-6 * 0.45,
  'key, calls': ({ T, s }) => T * (1 + s) * 3e-6,
  logs: (_load, n) => n * 2.4e-6 * 0.55,
  'traffic out': ({ T, r, s }) => Math.max(0, T * r * 30e-6 + T * s * 36e-6 - 100) * 0.09,
  standing: () => 32.6,
};

const FORMULAS: Record<string, string> = {
  gateway: 'n × 1.00e-6',
  functions: 'n × 0.20e-6 + T(0.2 + 0.3q + 0.6 + 0.02r + 0.01s) GB-s × 1.33334e-5',
  'table, writes': 'T(4D + 5) × 0.625e-6',
  'table, reads': 'T(3.5r + 5s + 0.5q) × 0.125e-6',
  'table, kept 30 days': 'T × D × 3.6e-6 GB × 0.45',
  key: 'T(1 + s) × 3e-6',
  logs: 'n × 2.4e-6 GB × 0.55',
  'traffic out': '(T × r × 30e-6 + T × s × 36e-6 GB − 100) × 0.09',
  standing: '= 32.60 a stage',
};

const pairs = (name: string) => cellsOf(name).map((cell) => cell.split(', ').map((one) => Number(one.replaceAll(',', ''))));
const loads: Load[] = pairs('T, D').map(([T = 0, D = 0], index) => {
  const [q = 0, r = 0, s = 0] = pairs('q, r, s')[index] ?? [];
  return { T, D, q, r, s };
});
const requestsOf = ({ T, q, r }: Load) => T * (1 + q + r);

describe('the bill of docs/operations.md', () => {
  it.each(Object.entries(FORMULAS))('says of %s what is computed here', (name, formula) => {
    expect(formulaOf(name)).toContain(formula);
  });

  it('works three loads out, by its own formulas', () => {
    expect(loads).toHaveLength(3);
    expect(numbersOf('requests')).toEqual(loads.map(requestsOf));
    for (const [name, cost] of Object.entries(WORKED))
      expect([name, numbersOf(name)]).toEqual([name, loads.map((load) => Number(cost(load, requestsOf(load)).toFixed(2)))]);
  });

  it('adds them up', () => {
    const sums = loads.map((_load, index) => Object.keys(WORKED).reduce((sum, name) => sum + (numbersOf(name)[index] ?? Number.NaN), 0));
    expect(numbersOf('**a month**')).toEqual(sums.map((sum) => Number(sum.toFixed(2))));
  });
});
