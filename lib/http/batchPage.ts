import { CSV_TYPE, formatCsvResults } from '../deviceBatches/csvResults.ts';
import type { DeviceBatchPageResource } from '../deviceBatches/resources.ts';
import { AppError } from '../errors.ts';
import { prefersCsv } from './prefersCsv.ts';

// An answer of Lambda's ends at 6 MB, in which this text stands as a string of JSON.
const MAX_PAGE_BYTES = 5_000_000;

/**
 * A page as the client wants it: CSV where `Accept` prefers it, JSON otherwise.
 * @throws AppError `invalid-request` naming `pageSize` if it is too large to be answered
 */
export function writePage(page: DeviceBatchPageResource, withCredentials: boolean, accept: string | undefined): { body: string; contentType?: string } {
  const isCsv = prefersCsv(accept);
  const body = isCsv ? formatCsvResults(page.devices, withCredentials) : JSON.stringify(page);
  if (Buffer.byteLength(body) <= MAX_PAGE_BYTES) return { body, ...(isCsv ? { contentType: CSV_TYPE } : {}) };
  const detail = 'makes a page of over 5 MB; ask for fewer devices';
  throw new AppError('invalid-request', 'Not valid: pageSize.', { errors: [{ in: 'query', name: 'pageSize', detail }] });
}
