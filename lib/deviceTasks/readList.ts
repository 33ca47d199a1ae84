import { AppError } from '../errors.ts';
import type { ListQuery, ReportFault } from './ports.ts';

/** Reads one page of what was created in a product. @throws AppError `invalid-request`, `store-unavailable` */
export type ReadList<Page> = (productId: string, query: ListQuery) => Promise<Page>;

/** What is said of a cursor that no page of this list has given. */
export const UNKNOWN_CURSOR = 'is not of this list';

/** Reads a list from the table, and from nowhere else. @param readPage brings `undefined` if the cursor is not of this list */
export function createReadList<Page>(
  readPage: (productId: string, query: ListQuery) => Promise<Page | undefined>,
  reportFault: ReportFault,
): ReadList<Page> {
  return async (productId, query) => {
    const page = await readPage(productId, query).catch((error: unknown) => {
      reportFault('list-read-failed', error);
      throw new AppError('store-unavailable');
    });
    if (page !== undefined) return page;
    throw new AppError('invalid-request', 'Not valid: cursor.', { errors: [{ in: 'query', name: 'cursor', detail: UNKNOWN_CURSOR }] });
  };
}
