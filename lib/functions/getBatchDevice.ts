import * as z from 'zod/mini';
import { batchDeviceResource } from '../deviceTasks/device.ts';
import { requestedName } from '../deviceTasks/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { batchPath, BATCHES } from './deviceBatchPaths.ts';
import { include, includeText } from './deviceTaskPaths.ts';

export const getBatchDevice = defineFunction({
  name: 'getBatchDevice',
  methods: ['GET'],
  template: `${BATCHES}/{batchId}/devices/{deviceName}`,
  scopes: ['devices:read'],
  path: z.extend(batchPath, { deviceName: requestedName }),
  query: z.object({ include }),
  isValidated: true,
  success: {
    status: 200,
    description: 'The result of this name.',
    content: { type: 'application/json', schema: batchDeviceResource },
    headers: ['ETag'],
  },
  problems: ['batch-not-found', 'device-not-found', 'store-unavailable'],
  text: {
    tag: 'Device batches',
    summary: 'Read the result of one device of a batch',
    description:
      'What became of one name, at any time: nothing of the other devices is in the answer, or among what is audited. ' +
      'The name is percent-encoded as one segment of the path (`x:y` is `x%3Ay`); case matters.',
    query: { include: includeText },
  },
});
