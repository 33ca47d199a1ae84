import * as z from 'zod/mini';
import { deviceTaskResource } from '../deviceTasks/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { taskPath, TASKS, vendorProblems } from './deviceTaskPaths.ts';

export const getDeviceTask = defineFunction({
  name: 'getDeviceTask',
  methods: ['GET'],
  template: `${TASKS}/{taskId}`,
  scopes: ['devices:read'],
  path: taskPath,
  query: z.object({}),
  isValidated: true,
  success: {
    status: 200,
    description: 'The task.',
    content: { type: 'application/json', schema: deviceTaskResource },
    headers: ['Cache-Status', 'ETag', 'Retry-After'],
  },
  problems: [...vendorProblems, 'task-not-found'],
  text: {
    tag: 'Device tasks',
    summary: 'Follow a batch',
    description: 'How far a batch is. While it is not `completed`, ask again after `Retry-After`.',
    query: {},
  },
});
