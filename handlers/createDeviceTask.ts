import { getContainer, type Container } from '../lib/container.ts';
import { POLL_AFTER_S, presentCreatedTask } from '../lib/deviceTasks/resources.ts';
import { createDeviceTask } from '../lib/functions/createDeviceTask.ts';
import { getDeviceTask } from '../lib/functions/getDeviceTask.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';
import { readIdempotencyUse } from '../lib/http/idempotencyKey.ts';
import { formatPath } from '../lib/http/paths.ts';

/** `POST /v1/products/{productId}/device-tasks`: creates a batch of devices, once. */
export const handle: Handle<typeof createDeviceTask, Container> = async (exchange, { services }) => {
  const { productId } = exchange.path;
  const { task, isReplay } = await services().createTask(productId, exchange.body.deviceNames, readIdempotencyUse(exchange), exchange.scope);
  const { taskId } = task;
  return {
    body: presentCreatedTask(productId, task),
    caching: 'no-store',
    headers: {
      location: formatPath(exchange.basePath, getDeviceTask.template, { productId, taskId }),
      'retry-after': String(POLL_AFTER_S),
      ...(isReplay ? { 'idempotency-replayed': 'true' } : {}),
    },
  };
};

export const handler = createHandler(createDeviceTask, handle, getContainer);
