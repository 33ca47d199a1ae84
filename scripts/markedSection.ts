import { readFileSync, writeFileSync } from 'node:fs';

/** A Markdown table. */
export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The text before, in and after the section. @throws Error if the file has none of that name */
function cut(file: string, name: string): [string, string, string] {
  const text = readFileSync(file, 'utf8');
  const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  if (from < start.length || to < from) throw new Error(`${file} has no section ${name}`);
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

/** What stands between `<!-- name -->` and `<!-- /name -->` in a file. */
export function readSection(file: string, name: string): string {
  return cut(file, name)[1];
}

/** Replaces it. */
export function writeSection(file: string, name: string, text: string): void {
  const [before, , after] = cut(file, name);
  writeFileSync(file, before + text + after);
}
