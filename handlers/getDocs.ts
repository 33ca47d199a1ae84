import { gunzipSync } from 'node:zlib';
import { getBaseContainer } from '../lib/baseContainer.ts';
import { docsEncodings, readDocsFacts, readDocsPage } from '../lib/docsPage.ts';
import { getDocs } from '../lib/functions/getDocs.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { negotiateEncoding } from '../lib/http/negotiateEncoding.ts';

/** `GET /docs`: the reference, a page that needs nothing from elsewhere. */
export const handle: Handle<typeof getDocs> = ({ request }) => {
  const { etags, policy } = readDocsFacts();
  const encoding = negotiateEncoding(request.headers.get('accept-encoding'), docsEncodings);
  return {
    body: () => (encoding === 'identity' ? gunzipSync(readDocsPage.gzip()).toString('utf8') : readDocsPage[encoding]()),
    caching: 'public',
    etags: { own: etags[encoding], others: Object.values(etags) },
    ...(encoding === 'identity' ? {} : { contentEncoding: encoding }),
    headers: { 'content-security-policy': policy, vary: 'accept-encoding' },
  };
};

export const handler = createHandler(getDocs, handle, getBaseContainer);
