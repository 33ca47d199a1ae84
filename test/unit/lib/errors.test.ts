import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deviceErrorMessages } from '../../../lib/deviceTasks/device.ts';
import { AppError, problemKinds, retryAfterSeconds, type ProblemCode } from '../../../lib/errors.ts';
import { toDevice } from '../../../lib/upstream/toDevice.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The rows of the first table under a heading, their cells trimmed, backquotes dropped. */
function readTable(path: string, heading: string): string[][] {
  const lines = read(path).split('\n');
  const start = lines.findIndex((line) => line.startsWith(heading));
  const table = lines.slice(start).findIndex((line) => line.startsWith('|---')) + start;
  const rows = lines.slice(table + 1);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end === -1 ? undefined : end).map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

type Row = readonly [code: string, status: number, isRetryable: boolean];
const catalogue = Object.entries(problemKinds).map(([code, kind]): Row => [code, kind.status, kind.retryable]);
const byCode = (rows: readonly Row[]) => rows.toSorted(([a], [b]) => (a < b ? -1 : 1));

describe('the problem catalogue', () => {
  it('is documented in docs/errors.md, code for code, and that documents nothing else', () => {
    const documented = readTable('docs/errors.md', '## Problem codes').map(
      ([code = '', status, isRetryable]): Row => [code, Number(status), isRetryable === 'yes'],
    );
    expect(byCode(documented)).toEqual(byCode(catalogue));
  });

  it('is documented with when it happens and what to do, in order of status', () => {
    const rows = readTable('docs/errors.md', '## Problem codes');
    expect(rows).toHaveLength(catalogue.length);
    const isWhole = (row: string[]) => row.length === 5 && /^(yes|no)$/.test(row[2] ?? '') && row.slice(3).every((cell) => /^[A-Z].{9,}\.$/.test(cell));
    expect(rows.filter((row) => !isWhole(row))).toEqual([]);
    const statuses = rows.map((row) => Number(row[1]));
    expect(statuses).toEqual(statuses.toSorted((a, b) => a - b));
  });

  // One row of the contract may name two codes, with one status or word for both, or with two.
  const contract = readTable('docs/api-contract.md', '## Errors').flatMap(([codes = '', statuses = '', from = '', words = '']) => {
    const [status, word] = [statuses.match(/\d{3}/g) ?? [], words.split(' / ')];
    const hasRetryAfter = statuses.includes('Retry-After');
    return codes.split(/, | \/ /).map((code, index) => ({
      row: [code, Number(status[index] ?? status[0]), (word[index] ?? word[0]) === 'yes'] as Row,
      from,
      hasRetryAfter,
    }));
  });

  it('is that of the contract, code for code', () => {
    expect(byCode(contract.map(({ row }) => row))).toEqual(byCode(catalogue));
  });

  it('has a Retry-After wherever the contract wants one, and none where a repeat cannot help', () => {
    const wanted = contract.filter(({ hasRetryAfter }) => hasRetryAfter).map(({ row: [code] }) => code as ProblemCode);
    expect(wanted).toHaveLength(3);
    const codes = Object.keys(problemKinds) as ProblemCode[]; // the table's own keys
    const having = codes.filter((code) => (retryAfterSeconds(code) ?? 0) > 0);
    expect(having).toEqual(expect.arrayContaining([...wanted, 'task-not-completed']));
    expect(having.filter((code) => !problemKinds[code].retryable)).toEqual([]);
  });

  it('is named in full by every legacy code that the contract names', () => {
    const numbers = (text: string) => new Set(text.match(/\b\d{4}\b/g));
    const documented = new Map(readTable('docs/errors.md', '## Problem codes').map(([code, , , when = '']) => [code, numbers(when)]));
    expect(documented).toEqual(new Map(contract.map(({ row: [code], from }) => [code, numbers(from)])));
  });

  it('has a title of its own for every code', () => {
    const titles = Object.values(problemKinds).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const title of titles) expect(title).toMatch(/^[A-Z].*\.$/);
    for (const code of Object.keys(problemKinds)) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('holds no code that nothing answers with', () => {
    const files = ['lib', 'handlers'].flatMap((root) =>
      readdirSync(new URL(`../../../${root}`, import.meta.url), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && name !== 'errors.ts')
        .map((name) => read(`${root}/${name}`)),
    );
    const source = files.join('\n');
    expect(catalogue.map(([code]) => code).filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});

describe('the device codes', () => {
  const documented = readTable('docs/errors.md', '## Device codes');

  it('are documented with the message each of them has, and no others', () => {
    const rows = documented.map(([code, , message]) => [code, message]);
    expect(Object.fromEntries(rows)).toEqual(deviceErrorMessages);
  });

  it.each(documented.map(([code = '', legacyCode = '']) => [code, legacyCode]))('translate as documented: %s from %s', (code, legacyCode) => {
    const result = legacyCode === 'any other' ? 4242 : Number(legacyCode);
    const device = { deviceName: 'a', result, certificate: undefined, privateKey: undefined, psk: undefined, message: undefined };
    expect(toDevice(device)).toMatchObject({ status: 'failed', error: { code, legacyCode: result } });
  });
});

describe('an AppError', () => {
  it('keeps its cause for the log', () => {
    const cause = new Error('why');
    expect(new AppError('internal-error', 'x', { cause })).toMatchObject({ name: 'AppError', message: 'x', cause });
  });
});
