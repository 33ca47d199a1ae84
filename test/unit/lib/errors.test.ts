import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError, problemCodes, problemKindOf, type ProblemCode } from '../../../lib/errors.ts';
import { problemKinds } from '../../../lib/problemKinds.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The rows of the contract's table of problems; one row may name two codes, with one status or word for both, or with two. */
function readContract() {
  const [, section = ''] = read('docs/api-contract.md').split('\n## Errors');
  const [, ...rows] = (/(?:^\|.*\n)+/m.exec(section)?.[0] ?? '').trim().split('\n').filter((line) => !line.startsWith('|---'));
  return rows.flatMap((line) => {
    const [codes = '', statuses = '', , words = ''] = line.slice(1, -1).split('|').map((cell) => cell.trim());
    const [status, word] = [statuses.match(/\d{3}/g) ?? [], words.split(' / ')];
    return codes.split(/, | \/ /).map((code, index) => ({
      code,
      status: Number(status[index] ?? status[0]),
      retryable: (word[index] ?? word[0]) === 'yes',
      hasRetryAfter: statuses.includes('Retry-After'),
    }));
  });
}

describe('the problem catalogue', () => {
  const contract = readContract();

  it('is that of the contract, code for code', () => {
    const told = contract.map(({ code, status, retryable }) => [code, { status, retryable }]);
    const known = problemCodes.map((code) => [code, { status: problemKinds[code].status, retryable: problemKinds[code].retryable }]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(known));
    expect(told).toHaveLength(known.length);
  });

  it('has a Retry-After wherever the contract wants one, and none if a repeat cannot help', () => {
    const wanted = contract.filter(({ hasRetryAfter }) => hasRetryAfter).map(({ code }) => code as ProblemCode); // as tested above
    expect(wanted).toHaveLength(5);
    const having = problemCodes.filter((code) => (problemKindOf(code).retryAfterS ?? 0) > 0);
    expect(having).toEqual(expect.arrayContaining([...wanted, 'task-not-completed']));
    expect(having.filter((code) => !problemKinds[code].retryable)).toEqual([]);
  });

  it('stands in order of status, with a title of its own for every code', () => {
    const statuses = problemCodes.map((code) => problemKinds[code].status);
    expect(statuses).toEqual(statuses.toSorted((a, b) => a - b));
    const titles = problemCodes.map((code) => problemKinds[code].title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const title of titles) expect(title).toMatch(/^[A-Z].*\.$/);
    for (const code of problemCodes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('holds no code that nothing answers with', () => {
    const files = ['lib', 'handlers'].flatMap((root) =>
      readdirSync(new URL(`../../../${root}`, import.meta.url), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && name !== 'errors.ts' && !name.startsWith('functions'))
        .map((name) => read(`${root}/${name}`)),
    );
    const source = files.join('\n');
    expect(problemCodes.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});

describe('an AppError', () => {
  it('keeps its cause for the log', () => {
    const cause = new Error('why');
    expect(new AppError('internal-error', 'x', { cause })).toMatchObject({ name: 'AppError', message: 'x', cause });
  });

  it("says what its code says if it is told nothing more exact", () => {
    expect(new AppError('upstream-timeout').message).toBe('The vendor gave no answer in time.');
  });
});
