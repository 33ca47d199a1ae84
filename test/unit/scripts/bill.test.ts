import { describe, expect, it } from 'vitest';
import { dollarsADayAtScale, renderAtScale, renderBill } from '../../../scripts/bill.ts';
import { addUsage, NOTHING, POSITIONS, priceUsage, sum } from '../../../scripts/prices.ts';
import { measureUsage, type Measured } from '../../../scripts/usage.ts';

const cpu = (median: number) => ({ cpuMs: { median } });
const measured: Measured = {
  warm: { '20 in gzip': cpu(1.15), '20 with secrets': cpu(2) },
  coldPages: { '100': { latencyMs: { median: 12 } } },
  units: [
    { page: '20 of cert100', readUnits: 2 },
    { page: '20 of cert100 with secrets', readUnits: 5.5 },
  ],
  writes: [
    { task: 'cert20', writeUnits: 35, kilobytesADevice: 1.7 },
    { task: 'cert100', writeUnits: 167, kilobytesADevice: 1.6 },
  ],
  reads: [
    { page: '20 in gzip of cert100', body: 9000, head: 1000, logs: 930 },
    { page: '20 with secrets of cert100', body: 55_000, head: 1000, logs: 1330 },
  ],
};
const standing = { alarmMetrics: 10, stageMetrics: 20, apiMetrics: 5, routeMetrics: 25 };

const cellsOf = (text: string) => text.split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('*', '')));

describe('what things use', () => {
  const each = measureUsage(measured);

  it('of a stored page: its request, its time to the next millisecond, its units, and the bytes it sends and logs', () => {
    // 5 ms to the table and back, 1.15 ms of a core of which there are 0.58.
    expect(each.read).toEqual({ ...NOTHING, requests: 1, gbSeconds: 0.007, readUnits: 2, logGb: 1200e-9, trafficGb: 10_000e-9 });
    expect(each.readWithSecrets).toEqual({ ...NOTHING, requests: 1, gbSeconds: 0.014, readUnits: 5.5, keyCalls: 1, logGb: 1600e-9, trafficGb: 56_000e-9 });
  });

  it('of a task: what is written follows its chunks, what is kept its devices', () => {
    // A chunk is 33 units, the lease one.
    expect([20, 21, 100].map((devices) => each.coldRead(devices).writeUnits)).toEqual([36, 69, 168]);
    expect(each.storedMonth(100).storedGb).toBeCloseTo(100 * 1.6 * 1024e-9, 12);
  });

  it('cannot be told from a bench that lacks a figure', () => {
    expect(() => measureUsage({ ...measured, reads: [] })).toThrow('bench/results.json lacks');
  });
});

describe('prices', () => {
  const priceOf = (name: string, unit: keyof typeof NOTHING, amount: number) =>
    priceUsage(addUsage([amount, { ...NOTHING, [unit]: 1 }]))[POSITIONS.findIndex((position) => position.name === name)] ?? NaN;

  it.each([
    ['gateway', 'requests', 300e6, 300],
    ['gateway', 'requests', 3000e6, 300 + 2700 * 0.9],
    ['traffic out', 'trafficGb', 1, 0.09],
    ['traffic out', 'trafficGb', 200e3, 900 + 40e3 * 0.085 + 100e3 * 0.07 + 50e3 * 0.05],
    ['key, calls', 'keyCalls', 10_000, 0.03],
  ] as const)('of %s for %s × %d: %d', (name, unit, amount, dollars) => {
    expect(priceOf(name, unit, amount)).toBeCloseTo(dollars, 6);
  });
});

describe('the bill', () => {
  const rows = cellsOf(renderBill(measured, standing));
  const amountsOf = (wanted: string) => rows.filter(([name, ...cells]) => name === wanted && cells.length === 4).flatMap(([, ...cells]) => cells);

  it('charges what stands by what there is, and a load by its numbers', () => {
    expect(amountsOf('standing')).toEqual(['20.40', '20.40', '20.40', '20.40']);
    expect(amountsOf('requests')).toEqual(['9,600', '720,000', '32,200,000', '3,004,000,000']);
    expect(amountsOf('gateway')).toEqual(['0.01', '0.72', '32.20', '2733.60']);
    expect(amountsOf('table, kept')).toEqual(['0.01', '0.74', '7.37', '73.73']);
  });

  it('adds up, to a cent a position', () => {
    const totals = amountsOf('a month').map(Number);
    for (const [load, total] of totals.entries()) {
      const parts = [...POSITIONS.map(({ name }) => name), 'standing'].map((name) => Number(amountsOf(name)[load]));
      expect(Math.abs(sum(parts) - total)).toBeLessThan(0.06);
    }
  });

  it('tells what a million reads cost', () => {
    const [, , read, withSecrets] = rows.find(([name]) => name === 'together') ?? [];
    // 1.00 gateway, 0.20 and 0.09 function, 0.25 table, 0.64 logs, 0.90 traffic.
    expect([read, withSecrets]).toEqual(['3.08', '10.96']);
  });
});

describe('the bill at scale', () => {
  it('is that month, by day, without what stands', () => {
    const rows = cellsOf(renderAtScale(measured));
    const total = rows.find(([name]) => name === 'together')?.at(-1);
    expect(total).toBe(dollarsADayAtScale(measured).toFixed(2));
    expect(dollarsADayAtScale(measured)).toBeCloseTo(sum(rows.slice(2, -1).map((cells) => Number(cells.at(-1)))), 1);
  });
});
