import { CsvError, parse } from 'csv-parse/sync';
import type * as z from 'zod/mini';
import type { InputFault } from '../errors.ts';
import { decodeUtf8, jsonBody, requireBody, type JsonBody } from './jsonBody.ts';
import type { Parsed } from './parseInput.ts';

const CSV_TYPE = /^text\/csv\s*(?:;\s*(?:charset\s*=\s*"?utf-8"?|header\s*=\s*"?present"?)\s*)*$/i;

const COLUMN = 'deviceName';

const LINE_END = /\r\n|\r|\n/g;
const LEADING_LINE_ENDS = /^(?:\r\n|\r|\n)*/;

interface CsvRecord {
  readonly fields: readonly string[];
  /** The physical line on which it begins. */
  readonly line: number;
}

const countLineEnds = (text: string) => text.match(LINE_END)?.length ?? 0;

const faultAt = (line: number, detail: string): InputFault => ({ in: 'body', line, detail });

/** Follows the text from record to record: the parser's own count takes CR LF within quotes for two lines. */
function createLineCount(text: string) {
  let [end, lines] = [0, 1];
  const blankLines = () => countLineEnds(LEADING_LINE_ENDS.exec(text.slice(end))?.[0] ?? '');
  return {
    /** The line on which the next record begins. */
    next: () => lines + blankLines(),
    passTo: (nextEnd: number) => {
      lines += countLineEnds(text.slice(end, nextEnd));
      end = nextEnd;
    },
  };
}

/** The records of a text as RFC 4180 has them, whatever ends its lines; if it is malformed, those before the fault. */
function readRecords(body: Uint8Array): { readonly records: readonly CsvRecord[]; readonly faults: readonly InputFault[] } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const count = createLineCount(bytes.toString('latin1')); // a character a byte, as the parser tells offsets
  const records: CsvRecord[] = [];
  try {
    parse(bytes, {
      bom: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (fields, { bytes: end }) => {
        records.push({ fields, line: count.next() });
        count.passTo(end);
        return null;
      },
    });
    return { records, faults: [] };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const detail = error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'has a quote that is not closed' : 'has a quote that is out of place';
    return { records, faults: [faultAt(count.next(), detail)] };
  }
}

interface Names {
  readonly deviceNames: readonly string[];
  /** Of each name. */
  readonly lines: readonly number[];
  readonly faults: readonly InputFault[];
}

function readNames(body: Uint8Array): Names {
  const { records, faults } = readRecords(body);
  const [header, ...rows] = records;
  const index = header?.fields.indexOf(COLUMN) ?? -1;
  if (index === -1 || index !== header?.fields.lastIndexOf(COLUMN)) {
    const headerFault = faultAt(header?.line ?? 1, `must be a header with exactly one column ${COLUMN}`);
    return { deviceNames: [], lines: [], faults: header === undefined && faults.length > 0 ? faults : [headerFault, ...faults] };
  }
  const isShort = ({ fields }: CsvRecord) => fields[index] === undefined;
  const short = rows.filter(isShort).map(({ line }) => faultAt(line, `has no field for the column ${COLUMN}`));
  const whole = rows.filter((row) => !isShort(row));
  return { deviceNames: whole.map(({ fields }) => fields[index] ?? ''), lines: whole.map(({ line }) => line), faults: [...short, ...faults] };
}

/** The line of an issue that the schema finds at `/deviceNames/n`; what concerns the list as a whole stands at the header. */
function toFault(issue: z.core.$ZodIssue, lines: readonly number[]): InputFault {
  const lineOf = (index: unknown) => (typeof index === 'number' ? lines[index] : undefined);
  const sameAs = issue.code === 'custom' ? lineOf(issue.params?.['sameAs']) : undefined;
  return faultAt(lineOf(issue.path[1]) ?? 1, sameAs === undefined ? issue.message : `is the same as on line ${sameAs}`);
}

function parseCsv<Schema extends z.ZodMiniType>(body: Uint8Array, schema: Schema): Parsed<z.infer<Schema>> {
  const { deviceNames, lines, faults } = readNames(body);
  const parsed = schema.safeParse({ deviceNames });
  // A list that could not be read whole is not to be judged as a whole.
  const issues = parsed.success ? [] : parsed.error.issues.filter(({ path }) => faults.length === 0 || path.length > 1);
  const all = [...faults, ...issues.map((issue) => toFault(issue, lines))];
  if (parsed.success && all.length === 0) return { ok: true, value: parsed.data };
  return { ok: false, faults: all.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/**
 * A body of device names: JSON by its schema, or `text/csv` (RFC 4180, UTF-8, a header line with one column `deviceName`),
 * whose names are checked by that same schema, each fault told with the physical line of its record.
 * @param schema of `{ deviceNames }`
 */
export function namesBody<Schema extends z.ZodMiniType>(schema: Schema, maxBytes: number): JsonBody<Schema> {
  const json = jsonBody(schema, maxBytes, 'application/json or text/csv');
  return {
    schema,
    takesCsv: true,
    parse: (message) => {
      if (!CSV_TYPE.test(message.headers.get('content-type')?.trim() ?? '')) return json.parse(message);
      const body = requireBody(message, maxBytes);
      decodeUtf8(body, 'CSV in UTF-8');
      return parseCsv(body, schema);
    },
  };
}
