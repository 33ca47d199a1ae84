import { functions, type FunctionName } from '../lib/functions/functions.ts';
import type { Json } from './schemas.ts';

/** What to call next with what a function answered. */
const NEXT: Partial<Record<FunctionName, readonly FunctionName[]>> = {
  createDeviceTask: ['getDeviceTask', 'getDeviceResults'],
  getDeviceTask: ['getDeviceResults'],
  createDeviceBatch: ['getDeviceBatch', 'getDeviceBatchResults', 'cancelDeviceBatch'],
  getDeviceBatch: ['getDeviceBatchResults', 'retryDeviceBatch'],
  retryDeviceBatch: ['getDeviceBatch', 'getDeviceBatchResults'],
};

/** The `links` of a successful answer: each takes its path parameters from the answer's members of these names. */
export function linksOf(name: FunctionName): Json {
  const links = (NEXT[name] ?? []).map((operationId) => {
    const names = Object.keys(functions[operationId].path.def.shape);
    return [operationId, { operationId, parameters: Object.fromEntries(names.map((parameter) => [parameter, `$response.body#/${parameter}`])) }];
  });
  return links.length === 0 ? {} : { links: Object.fromEntries(links) };
}
