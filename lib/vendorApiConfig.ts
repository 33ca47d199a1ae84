import { ConfigError, type Variables } from './environment.ts';

/** Which API of the vendor's is called, and where. */
export type VendorApiConfig =
  | { readonly api: 'v2'; readonly endpoint: string; readonly region: string; readonly signatureMethod: 'HmacSHA256' | 'HmacSHA1' }
  | { readonly api: '2018-06-14'; readonly endpoint: string; readonly region: string };

const REGIONS = { v2: 'gz', '2018-06-14': 'ap-guangzhou' } as const;

/** The two APIs write regions differently: one in the other's form is left over from before, and would be refused. */
function readRegion({ IOTCLOUD_API: api, IOTCLOUD_REGION: region = REGIONS[api] }: Variables): string {
  if (region.includes('-') === REGIONS[api].includes('-')) return region;
  throw new ConfigError('IOTCLOUD_REGION', `must be a region such as ${REGIONS[api]} beside IOTCLOUD_API=${api}`);
}

/** The variables that depend on which API is called. @throws ConfigError if one is of the other API */
export function readVendorApi(values: Variables): VendorApiConfig {
  const { IOTCLOUD_API: api, IOTCLOUD_ENDPOINT: endpoint, IOTCLOUD_SIGNATURE_METHOD: signatureMethod } = values;
  const region = readRegion(values);
  if (api === 'v2')
    return {
      api,
      endpoint: endpoint ?? 'https://iotcloud.api.qcloud.com/v2/index.php',
      region,
      signatureMethod: signatureMethod ?? 'HmacSHA256',
    };
  if (signatureMethod !== undefined) throw new ConfigError('IOTCLOUD_SIGNATURE_METHOD', 'cannot be set beside IOTCLOUD_API=2018-06-14');
  // An endpoint of the query API, left over from before, would be called in vain.
  if (endpoint !== undefined && new URL(endpoint).pathname !== '/')
    throw new ConfigError('IOTCLOUD_ENDPOINT', 'must have no path beside IOTCLOUD_API=2018-06-14');
  return { api, endpoint: endpoint ?? 'https://iotcloud.tencentcloudapi.com/', region };
}
