import * as z from 'zod/mini';
import { getContainer, type Container } from '../lib/container.ts';
import { deviceTaskCreation, POLL_AFTER_S, presentCreatedTask } from '../lib/deviceTasks/resources.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';
import { productIdOf } from '../lib/http/exchange.ts';
import { readIdempotencyUse } from '../lib/http/idempotencyKey.ts';
import { formatPath, routes } from '../lib/http/routes.ts';

export const query = z.object({});

/** `POST /v1/products/{productId}/device-tasks`: creates a batch of devices, once. */
export const spec: HandlerSpec<z.infer<typeof query>, z.infer<typeof deviceTaskCreation>, Container> = {
  route: 'createDeviceTask',
  query,
  body: deviceTaskCreation,
  handle: async (exchange, { services }) => {
    const productId = productIdOf(exchange);
    const { deviceNames } = exchange.body;
    const { task, isReplay } = await services().createTask(productId, deviceNames, readIdempotencyUse(exchange), exchange.scope);
    return {
      status: 202,
      body: presentCreatedTask(productId, task),
      caching: 'no-store',
      headers: {
        location: formatPath(exchange.basePath, routes.getDeviceTask, { productId, taskId: task.taskId }),
        'retry-after': String(POLL_AFTER_S),
        ...(isReplay ? { 'idempotency-replayed': 'true' } : {}),
      },
    };
  },
};

export const handler = createHandler(spec, getContainer);
