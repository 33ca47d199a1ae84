import * as z from 'zod/mini';
import { deviceTaskCreation, deviceTaskResource } from '../deviceTasks/resources.ts';
import { jsonBody } from '../http/jsonBody.ts';
import { defineFunction } from './apiFunction.ts';
import { productPath, TASKS, vendorProblems } from './deviceTaskPaths.ts';

const MAX_BODY_BYTES = 64 * 1024;

export const createDeviceTask = defineFunction({
  name: 'createDeviceTask',
  methods: ['POST'],
  template: TASKS,
  scopes: ['devices:write'],
  path: productPath,
  query: z.object({}),
  body: jsonBody(deviceTaskCreation, MAX_BODY_BYTES),
  takesIdempotencyKey: true,
  isValidated: false,
  success: {
    status: 202,
    description: 'The batch is accepted.',
    content: { type: 'application/json', schema: deviceTaskResource },
    headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
  },
  problems: [
    ...vendorProblems,
    'device-limit-exceeded',
    'unsupported-media-type',
    'payload-too-large',
    'idempotency-key-in-progress',
    'idempotency-key-reused',
    'idempotency-unavailable',
    'task-creation-unknown',
  ],
  text: {
    tag: 'Device tasks',
    summary: 'Create a batch of devices',
    description:
      'Starts the creation of 1 to 100 devices and answers at once; follow the task at `Location`.\n\n' +
      'Send an `Idempotency-Key`: a retry with the same key and body gets the first answer again. ' +
      'After a 5xx or a lost connection the outcome is **unknown**: retry only with the same key. ' +
      'Without a key, look the names up before you use them again. Over API 3.0 a device batch (`POST …/device-batches`) ' +
      'finds out by itself what became of its devices, and recovers their keys.',
    query: {},
  },
});
