import { join } from 'node:path';
import { expect } from 'vitest';
import { root } from '../../tools/paths.ts';
import { formatTable, readSection, writeSection } from '../../scripts/markedSection.ts';

const FILE = join(root, 'docs/reliability.md');

/** The rows of a table by their first cell. */
function readRows(section: string): Map<string, string[]> {
  const [, , ...lines] = readSection(FILE, section).split('\n');
  return new Map(lines.map((line) => line.slice(2, -2).split(' | ')).map((cells) => [cells[0] ?? '', cells]));
}

/**
 * A table of `docs/reliability.md`, a row a fault: each test holds the cells it has measured against it, and so
 * needs no other test. `UPDATE_RELIABILITY=1` writes them.
 */
export function createReliabilityTable(section: string, columns: readonly string[], faults: readonly string[]) {
  const isUpdate = process.env['UPDATE_RELIABILITY'] === '1';

  const write = (rows: ReadonlyMap<string, string[]>) => {
    const table = faults.map((fault) => columns.map((_, index) => (index === 0 ? fault : (rows.get(fault)?.[index] ?? ''))));
    writeSection(FILE, section, formatTable(columns, table));
  };

  return {
    /** @param from the column of the first of the cells */
    checkCells: (fault: string, from: number, ...cells: readonly string[]): void => {
      const rows = readRows(section);
      if (isUpdate) {
        const row = rows.get(fault) ?? [fault];
        cells.forEach((cell, index) => (row[from + index] = cell));
        write(rows.set(fault, row));
      }
      expect(readRows(section).get(fault)?.slice(from, from + cells.length)).toEqual(cells);
    },
    /** Its columns and rows are those that are measured, and no cell is empty. */
    checkForm: (): void => {
      if (isUpdate) write(readRows(section));
      const [head, , ...lines] = readSection(FILE, section).split('\n');
      expect(head).toBe(`| ${columns.join(' | ')} |`);
      expect(lines.map((line) => line.split(' | ')[0]?.slice(2))).toEqual(faults);
      expect([...readRows(section).values()].filter((cells) => cells.length !== columns.length || cells.includes(''))).toEqual([]);
    },
  };
}
