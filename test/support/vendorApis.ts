import { api3Api } from './api3Api.ts';
import { queryV2Api } from './queryV2Api.ts';
import type { TestVendorApi } from './vendorApi.ts';

/** Every API of the vendor's: `describe.each(vendorApis)('over $name', …)` is how a suite runs over each of them. */
export const vendorApis: readonly TestVendorApi[] = [queryV2Api, api3Api];

/** @throws Error naming the APIs there are */
export function findVendorApi(name: string): TestVendorApi {
  const found = vendorApis.find((api) => api.name === name);
  if (found === undefined) throw new Error(`no API of the vendor's is called ${name}: ${vendorApis.map((api) => api.name).join(', ')}`);
  return found;
}
