import { gunzipSync } from 'node:zlib';
import * as z from 'zod/mini';
import { getBaseContainer, type BaseContainer } from '../lib/baseContainer.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';
import { negotiateEncoding } from '../lib/http/negotiateEncoding.ts';
import { DOCS_ENCODINGS, readDocsPage } from '../lib/openapi/packedDocsPage.ts';

export const query = z.object({});

/** `GET /docs`: the reference, a page that needs nothing from elsewhere. */
export const spec: HandlerSpec<z.infer<typeof query>, undefined, BaseContainer> = {
  route: 'getDocs',
  query,
  handle: ({ request }) => {
    const { bytes, etags, policy } = readDocsPage();
    const encoding = negotiateEncoding(request.headers.get('accept-encoding'), DOCS_ENCODINGS);
    return {
      status: 200,
      body: () => (encoding === 'identity' ? gunzipSync(bytes.gzip).toString('utf8') : bytes[encoding]),
      contentType: 'text/html; charset=utf-8',
      caching: 'public',
      etags: { own: etags[encoding], others: Object.values(etags) },
      ...(encoding === 'identity' ? {} : { contentEncoding: encoding }),
      headers: { 'content-security-policy': policy, vary: 'accept-encoding' },
    };
  },
};

export const handler = createHandler(spec, getBaseContainer);
