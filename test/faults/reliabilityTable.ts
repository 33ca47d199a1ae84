import { join } from 'node:path';
import { expect } from 'vitest';
import { root } from '../../offline/paths.ts';
import { formatTable, readSection } from '../../scripts/markedSection.ts';

/** Holds a section of `docs/reliability.md` against what was measured; `UPDATE_RELIABILITY=1` writes it. */
export function checkTable(section: string, columns: readonly string[], rows: readonly (readonly string[])[]): void {
  // A filtered run has not measured all of it.
  if (rows.some((row) => row.length !== columns.length)) return;
  const table = formatTable(columns, rows);
  const isUpdate = process.env['UPDATE_RELIABILITY'] === '1';
  expect(readSection(join(root, 'docs/reliability.md'), section, isUpdate ? table : undefined)).toBe(table);
}
