import { getBaseContainer } from '../lib/baseContainer.ts';
import { getDocs } from '../lib/functions/getDocs.ts';
import { getRoot } from '../lib/functions/getRoot.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { formatPath } from '../lib/http/paths.ts';

/** `GET /`: leads to the reference. */
export const handle: Handle<typeof getRoot> = ({ basePath }) => ({
  caching: 'no-store',
  headers: { location: formatPath(basePath, getDocs.template) },
});

export const handler = createHandler(getRoot, handle, getBaseContainer);
