import type { VendorApi } from '../vendorApi.ts';
import { parseEnvelope } from './envelope.ts';
import { signCall, type QueryParameters, type SignatureMethod } from './signature.ts';

export interface QueryV2Options {
  readonly endpoint: string;
  readonly region: string;
  readonly signatureMethod: SignatureMethod;
  /** A positive 31-bit integer, never twice for the same key and time. */
  readonly nonce: () => number;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The query API: parameters signed one by one, sent as a query or a form. Source: docs/legacy-api.md. */
export function createQueryV2({ endpoint, region, signatureMethod, nonce }: QueryV2Options): VendorApi<QueryParameters> {
  const { origin, host, pathname: path } = new URL(endpoint);
  return {
    sign: ({ action, parameters }, { key, timestampS }) => {
      const common = {
        Action: action,
        Region: region,
        Timestamp: timestampS,
        Nonce: nonce(),
        SecretId: key.secretId,
        SignatureMethod: signatureMethod,
        ...(key.token === undefined ? {} : { Token: key.token.reveal() }),
      };
      const input = { host, path, signatureMethod, secretKey: key.secretKey.reveal() };
      const { httpMethod, query } = signCall({ ...parameters, ...common }, input);
      if (httpMethod === 'GET') return { httpMethod, url: new URL(`${origin}${path}?${query}`), headers: {} };
      return { httpMethod, url: new URL(origin + path), headers: FORM, body: query };
    },
    parse: ({ text }, { payload }) => parseEnvelope(text, payload),
  };
}
