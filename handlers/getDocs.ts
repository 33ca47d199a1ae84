import { brotliDecompressSync } from 'node:zlib';
import * as z from 'zod/mini';
import { getBaseContainer, type BaseContainer } from '../lib/baseContainer.ts';
import { acceptsEncoding } from '../lib/http/acceptsEncoding.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';
import { readDocsPage } from '../lib/openapi/packedDocsPage.ts';

export const query = z.object({});

/** `GET /docs`: the reference, a page that needs nothing from elsewhere. */
export const spec: HandlerSpec<z.infer<typeof query>, undefined, BaseContainer> = {
  route: 'getDocs',
  query,
  handle: ({ request }) => {
    const { brotli, policy } = readDocsPage();
    const isPacked = acceptsEncoding(request.headers.get('accept-encoding'), 'br');
    return {
      status: 200,
      body: isPacked ? brotli : brotliDecompressSync(brotli).toString('utf8'),
      contentType: 'text/html; charset=utf-8',
      caching: 'public',
      headers: {
        'content-security-policy': policy,
        vary: 'accept-encoding',
        ...(isPacked ? { 'content-encoding': 'br' } : {}),
      },
    };
  },
};

export const handler = createHandler(spec, getBaseContainer);
