import { deviceTaskListResource } from '../deviceTasks/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { productPath, TASKS } from './deviceTaskPaths.ts';
import { listQuery, listQueryTexts } from './listQuery.ts';

export const listDeviceTasks = defineFunction({
  name: 'listDeviceTasks',
  methods: ['GET'],
  template: TASKS,
  scopes: ['devices:read'],
  path: productPath,
  query: listQuery,
  isValidated: false,
  success: {
    status: 200,
    description: 'A page of tasks.',
    content: { type: 'application/json', schema: deviceTaskListResource },
    headers: ['Link'],
  },
  problems: ['store-unavailable'],
  text: {
    tag: 'Device tasks',
    summary: 'List the batches of a product',
    description:
      'The tasks that were created through this API and have not expired, newest first; `Link` leads to the `next` page, if there is one. ' +
      'The vendor is not asked: `status` and the counts stand on the tasks whose results are stored, which is so once a task was seen completed; follow the others. ' +
      'A task that was created while the table was out of reach is missing.',
    query: listQueryTexts,
  },
});
