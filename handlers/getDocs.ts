import { getBaseContainer } from '../lib/baseContainer.ts';
import { docsRepresentations, readDocsFacts } from '../lib/docsPage.ts';
import { getDocs } from '../lib/functions/getDocs.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `GET /docs`: the reference, a page that needs nothing from elsewhere. */
export const handle: Handle<typeof getDocs> = () => ({
  prepared: docsRepresentations(),
  caching: 'public',
  headers: { 'content-security-policy': readDocsFacts().policy },
});

export const handler = createHandler(getDocs, handle, getBaseContainer);
