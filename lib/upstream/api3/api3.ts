import type { VendorApi } from '../vendorApi.ts';
import { API, parseEnvelope } from './envelope.ts';
import { createKeyDerivation, signCall } from './signature.ts';

export interface Api3Options {
  readonly endpoint: string;
  readonly region: string;
}

/** The parameters of a call, as its JSON body has them. */
export type JsonParameters = Readonly<Record<string, string | number | readonly string[]>>;

/** API 3.0: JSON by POST, signed whole. Source: docs/tencent-api-3.md. */
export function createApi3({ endpoint, region }: Api3Options): VendorApi<JsonParameters> {
  const { origin, host } = new URL(endpoint);
  const derive = createKeyDerivation();
  return {
    sign: ({ action, parameters }, { key, timestampS }) => {
      const body = JSON.stringify(parameters);
      const secretKey = key.secretKey.reveal();
      const signed = signCall({ host, action, payload: body, timestampS, secretId: key.secretId, secretKey }, derive);
      const token = key.token === undefined ? {} : { 'x-tc-token': key.token.reveal() };
      const headers = { ...signed, 'x-tc-version': API, 'x-tc-region': region, ...token };
      return { httpMethod: 'POST', url: new URL(`${origin}/`), headers, body };
    },
    parse: (reply, { payload }) => parseEnvelope(reply, payload),
  };
}
