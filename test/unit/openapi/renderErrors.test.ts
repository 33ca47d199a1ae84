import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { problemCodes } from '../../../lib/errors.ts';
import { problemTexts } from '../../../openapi/problems.ts';
import { renderErrors } from '../../../openapi/renderErrors.ts';
import { errorsFile } from '../../../scripts/openapi.ts';

describe('docs/errors.md', () => {
  it('is what the problem catalogue makes of it (`npm run openapi`)', async () => {
    expect(await readFile(errorsFile, 'utf8')).toBe(renderErrors());
  });

  it('says of every code when it happens and what to do, in sentences', () => {
    const isSentence = (text: string) => /^[A-Z].{9,}\.$/.test(text);
    expect(problemCodes.filter((code) => !isSentence(problemTexts[code].when) || !isSentence(problemTexts[code].whatToDo))).toEqual([]);
  });

  it('names every device code of the vendor once, one row for all others, and our own', () => {
    const [, table = ''] = renderErrors().split('## Device codes');
    const codes = [...table.matchAll(/^\| `([\w-]+)` \| (\d{4}|any other) \|/gm)].map(([, code, vendorCode]) => [code, vendorCode]);
    expect(codes.at(-1)).toEqual(['unknown-failure', 'any other']);
    expect(codes.filter(([, vendorCode]) => vendorCode === 'any other')).toHaveLength(1);
    expect(codes.length).toBeGreaterThan(4);
    expect([...table.matchAll(/^\| `([\w-]+)` \| – \|/gm)].map(([, code]) => code)).toEqual(['not-sent', 'cancelled', 'credentials-lost']);
  });
});
