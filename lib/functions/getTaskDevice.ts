import * as z from 'zod/mini';
import { deviceResultResource } from '../deviceTasks/device.ts';
import { requestedName } from '../deviceTasks/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { include, includeText, taskPath, TASKS, vendorProblems } from './deviceTaskPaths.ts';

export const getTaskDevice = defineFunction({
  name: 'getTaskDevice',
  methods: ['GET'],
  template: `${TASKS}/{taskId}/devices/{deviceName}`,
  scopes: ['devices:read'],
  path: z.extend(taskPath, { deviceName: requestedName }),
  query: z.object({ include }),
  isValidated: true,
  success: {
    status: 200,
    description: 'The result of this name.',
    content: { type: 'application/json', schema: deviceResultResource },
    headers: ['Cache-Status', 'ETag'],
  },
  problems: [...vendorProblems, 'task-not-found', 'device-not-found', 'task-not-completed'],
  text: {
    tag: 'Device tasks',
    summary: 'Read the result of one device',
    description:
      'What became of one name of a batch, once the task is `completed`: nothing of the other devices is in the answer, or among what is audited. ' +
      'The name is percent-encoded as one segment of the path (`x:y` is `x%3Ay`); case matters.',
    query: { include: includeText },
  },
});
