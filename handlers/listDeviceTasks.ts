import { getContainer, type Container } from '../lib/container.ts';
import { presentTaskList } from '../lib/deviceTasks/resources.ts';
import { listDeviceTasks } from '../lib/functions/listDeviceTasks.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { formatNextLink } from '../lib/http/pageLinks.ts';
import { formatPath } from '../lib/http/paths.ts';

/** `GET /v1/products/{productId}/device-tasks`: one page of what was created, newest first. */
export const handle: Handle<typeof listDeviceTasks, Container> = async ({ basePath, path, query, request }, { services }) => {
  const { tasks, next } = await services().listTasks(path.productId, query);
  const link = formatNextLink(formatPath(basePath, listDeviceTasks.template, path), request.rawQuery, next);
  return { body: presentTaskList(path.productId, tasks), caching: 'no-store', ...(link === undefined ? {} : { headers: { link } }) };
};

export const handler = createHandler(listDeviceTasks, handle, getContainer);
