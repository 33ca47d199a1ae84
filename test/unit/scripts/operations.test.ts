import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { renderBill } from '../../../scripts/bill.ts';
import { readSection } from '../../../scripts/markedSection.ts';
import { operationsFile, renderOperations } from '../../../scripts/operations.ts';

const sections = await renderOperations();

describe('docs/operations.md', () => {
  it.each(Object.entries(sections))('has the section %s as serverless.yml, infrastructure/ and the code have it (npm run operations)', (name, text) => {
    expect(readSection(operationsFile, name)).toBe(text);
  });

  it('tells who may do what, item by item', () => {
    expect(sections['permissions']).toContain('| createDeviceTask | GetItem, PutItem, DeleteItem of `<account>#idempotency#*` alone; BatchWriteItem of `<account>#creation#*` and `<account>#device-tasks#*` alone | – | GetSecretValue | – | – |');
    expect(sections['permissions']).toMatch(/^\| getHealth, .*fallback \|(?: – \|){5}$/m);
  });
});

describe('the bill', () => {
  const rows = renderBill({ alarmMetrics: 10, stageMetrics: 20, apiMetrics: 5, routeMetrics: 25 })
    .split('\n')
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  const amountsOf = (wanted: string) => rows.filter(([name, ...cells]) => name === wanted && cells.length === 3).flatMap(([, ...cells]) => cells);

  it('charges what stands by what there is, and a load by its numbers', () => {
    expect(amountsOf('standing')).toEqual(['20.40', '20.40', '20.40']);
    expect(amountsOf('n')).toEqual(['9,300', '710,000', '32,100,000']);
    expect(amountsOf('gateway')).toEqual(['0.01', '0.71', '32.10']);
    expect(amountsOf('traffic out')).toEqual(['0.00', '0.00', '75.24']);
  });

  it('adds up', () => {
    const positions = ['gateway', 'functions', 'table, writes', 'table, reads', 'table, kept 30 days', 'key, calls', 'logs', 'traffic out', 'standing'];
    const sums = [0, 1, 2].map((load) => `**${positions.reduce((sum, name) => sum + Number(amountsOf(name)[load]), 0).toFixed(2)}**`);
    expect(amountsOf('**a month**')).toEqual(sums);
  });
});

describe('docs/dependencies.md', () => {
  it('says of every package that is asked for why', () => {
    const text = readFileSync('docs/dependencies.md', 'utf8');
    const asked = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((group) => Object.keys(group));
    expect(asked.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    const listed = [...text.matchAll(/^\| (`[^|]+)/gm)].flatMap(([, cell = '']) => [...cell.replace(/\(.*?\)/g, '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
    expect(listed.filter((name) => !asked.includes(name) && name !== 'openapi-typescript')).toEqual([]);
  });
});
