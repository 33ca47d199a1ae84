import { getContainer, type Container } from '../lib/container.ts';
import { POLL_AFTER_S, presentTask } from '../lib/deviceTasks/resources.ts';
import { getDeviceTask } from '../lib/functions/getDeviceTask.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `GET /v1/products/{productId}/device-tasks/{taskId}`: how far a batch creation is. */
export const handle: Handle<typeof getDeviceTask, Container> = async ({ path: ref, scope }, { services }) => {
  const task = await services().followTask(ref, scope);
  const body = presentTask(ref, task);
  if (task.status === 'completed') return { body, caching: 'validate' };
  return { body, caching: 'no-store', headers: { 'retry-after': String(POLL_AFTER_S) } };
};

export const handler = createHandler(getDeviceTask, handle, getContainer);
