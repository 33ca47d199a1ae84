export {
  createClient,
  type Client,
  type CreateOptions,
  type DeviceOptions,
  type DeviceResult,
  type DeviceResultPage,
  type DeviceTask,
  type EachOptions,
  type Health,
  type ListedDeviceTask,
  type ListOptions,
  type PagesOptions,
  type TaskRef,
  type WaitOptions,
} from './createClient.ts';
export type {
  BatchCalls,
  BatchCreateOptions,
  BatchDevice,
  DeviceBatchPage,
  BatchListOptions,
  BatchRef,
  BatchWaitOptions,
  DeviceBatch,
  DeviceNames,
  ExportOptions,
} from './batches.ts';
export { ApiError, type ApiErrorDetails, type ErrorCode, type Problem } from './errors.ts';
export type { CallOptions, ClientOptions } from './send.ts';
