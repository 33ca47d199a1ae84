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
  type TaskRef,
  type TasksOptions,
  type WaitOptions,
} from './createClient.ts';
export { ApiError, type ApiErrorDetails, type ErrorCode, type Problem } from './errors.ts';
export type { CallOptions, ClientOptions } from './send.ts';
