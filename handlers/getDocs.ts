import { brotliDecompressSync } from 'node:zlib';
import { getBaseContainer } from '../lib/baseContainer.ts';
import { getDocs } from '../lib/functions/getDocs.ts';
import { acceptsEncoding } from '../lib/http/acceptsEncoding.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { readDocsPage } from '../lib/openapi/packedDocsPage.ts';

/** `GET /docs`: the reference, a page that needs nothing from elsewhere. */
export const handle: Handle<typeof getDocs> = ({ request }) => {
  const { brotli, policy } = readDocsPage();
  const isPacked = acceptsEncoding(request.headers.get('accept-encoding'), 'br');
  return {
    body: isPacked ? brotli : brotliDecompressSync(brotli).toString('utf8'),
    caching: 'public',
    headers: {
      'content-security-policy': policy,
      vary: 'accept-encoding',
      ...(isPacked ? { 'content-encoding': 'br' } : {}),
    },
  };
};

export const handler = createHandler(getDocs, handle, getBaseContainer);
