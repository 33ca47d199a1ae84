import { readFileSync, writeFileSync } from 'node:fs';

/** A Markdown table. */
export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * What stands between `<!-- name -->` and `<!-- /name -->` in a file.
 * @param update writes this there first
 */
export function readSection(file: string, name: string, update?: string): string {
  const text = readFileSync(file, 'utf8');
  const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  if (from < start.length || to < from) throw new Error(`${file} has no section ${name}`);
  if (update === undefined) return text.slice(from, to);
  writeFileSync(file, text.slice(0, from) + update + text.slice(to));
  return update;
}
