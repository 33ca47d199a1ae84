import * as z from 'zod/mini';
import { deviceResultPageResource } from '../deviceTasks/resources.ts';
import { wholeNumber } from '../http/parseInput.ts';
import { defineFunction } from './apiFunction.ts';
import { include, includeText, MAX_PAGE, pageText, taskPath, TASKS, vendorProblems } from './deviceTaskPaths.ts';

export const getDeviceResults = defineFunction({
  name: 'getDeviceResults',
  methods: ['GET'],
  template: `${TASKS}/{taskId}/devices`,
  scopes: ['devices:read'],
  path: taskPath,
  query: z.object({
    page: z._default(wholeNumber(1, MAX_PAGE), 1),
    pageSize: z._default(wholeNumber(1, 100), 20),
    status: z.exactOptional(z.enum(['created', 'failed'], { error: 'must be created or failed' })),
    include,
  }),
  isValidated: true,
  success: {
    status: 200,
    description: 'A page of results.',
    content: { type: 'application/json', schema: deviceResultPageResource },
    headers: ['Cache-Status', 'ETag', 'Link', 'Vary', 'Content-Encoding'],
  },
  problems: [...vendorProblems, 'task-not-found', 'task-not-completed'],
  text: {
    tag: 'Device tasks',
    summary: 'Read the results of a batch',
    description:
      'One page of what became of the devices, once the task is `completed`. ' +
      'With `include=credentials` and the scope `devices:credentials` it holds their private keys or pre-shared keys; ' +
      'such an answer is never stored on the way. The vendor keeps them for a month.',
    query: {
      page: pageText,
      pageSize: 'Devices a page.',
      status: 'Only devices with this status; the totals count what is left.',
      include: includeText,
    },
  },
});
