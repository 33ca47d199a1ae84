import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { readSection } from '../../../scripts/markedSection.ts';
import { operationsFile, renderOperations } from '../../../scripts/operations.ts';

const sections = await renderOperations();

describe('docs/operations.md', () => {
  it.each(Object.entries(sections))('has the section %s as serverless.yml, infrastructure/, the code and the bench have it (npm run operations)', (name, text) => {
    expect(readSection(operationsFile, name)).toBe(text);
  });

  it('tells who may do what, item by item', () => {
    expect(sections['permissions']).toContain('| createDeviceTask | GetItem, PutItem, DeleteItem of `<account>#idempotency#*` alone; BatchWriteItem of `<account>#creation#*` and `<account>#device-tasks#*` alone | – | GetSecretValue | – | – |');
    expect(sections['permissions']).toMatch(/^\| getHealth, .*fallback \|(?: – \|){5}$/m);
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
