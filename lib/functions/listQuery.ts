import * as z from 'zod/mini';
import { UNKNOWN_CURSOR } from '../deviceTasks/readList.ts';
import { wholeNumber } from '../http/parseInput.ts';

/** What every list is asked by. */
export const listQuery = z.object({
  pageSize: z._default(wholeNumber(1, 100), 20),
  cursor: z.exactOptional(z.string().check(z.regex(/^[A-Za-z0-9_-]{1,256}$/, { error: UNKNOWN_CURSOR }))),
});

export const listQueryTexts = {
  pageSize: 'Entries a page.',
  cursor: 'Of the `next` link of the page before, as it stands there; opaque, and of this list alone.',
};
