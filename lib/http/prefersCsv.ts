import { readWeights } from './negotiateEncoding.ts';

/**
 * Whether an answer that can be JSON or CSV goes out as CSV: only if the client weighs `text/csv` higher (RFC 9110,
 * 12.5.1; the most specific range counts). Of equals, and if it takes neither, JSON.
 * @param accept the field `Accept`
 */
export function prefersCsv(accept: string | undefined): boolean {
  const weights = readWeights(accept ?? '');
  const weightOf = (type: string, subtype: string) => weights.get(`${type}/${subtype}`) ?? weights.get(`${type}/*`) ?? weights.get('*/*') ?? 0;
  return weightOf('text', 'csv') > weightOf('application', 'json');
}
