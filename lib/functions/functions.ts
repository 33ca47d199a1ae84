import { cancelDeviceBatch } from './cancelDeviceBatch.ts';
import { createDeviceBatch } from './createDeviceBatch.ts';
import { createDeviceTask } from './createDeviceTask.ts';
import { getBatchDevice } from './getBatchDevice.ts';
import { getDeviceBatch } from './getDeviceBatch.ts';
import { getDeviceBatchResults } from './getDeviceBatchResults.ts';
import { getDeviceResults } from './getDeviceResults.ts';
import { getDeviceTask } from './getDeviceTask.ts';
import { getDocs } from './getDocs.ts';
import { getHealth } from './getHealth.ts';
import { getOpenApi } from './getOpenApi.ts';
import { getRoot } from './getRoot.ts';
import { getTaskDevice } from './getTaskDevice.ts';
import { listDeviceBatches } from './listDeviceBatches.ts';
import { listDeviceTasks } from './listDeviceTasks.ts';
import { retryDeviceBatch } from './retryDeviceBatch.ts';

/**
 * Every function with a route, by the name of its file in `handlers`: the OpenAPI document, the 405 of a path and
 * the tests follow from this list. A function's own bundle holds its own entry alone.
 */
export const functions = {
  createDeviceTask,
  listDeviceTasks,
  getDeviceTask,
  getDeviceResults,
  getTaskDevice,
  createDeviceBatch,
  listDeviceBatches,
  getDeviceBatch,
  getDeviceBatchResults,
  getBatchDevice,
  cancelDeviceBatch,
  retryDeviceBatch,
  getHealth,
  getOpenApi,
  getDocs,
  getRoot,
} as const;

/** Those without a route, which a message or a clock calls. */
export const backgroundFunctions = ['runDeviceBatches', 'sweepDeviceBatches'] as const;

export type FunctionName = keyof typeof functions;
