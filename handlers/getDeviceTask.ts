import * as z from 'zod/mini';
import { getContainer, type Container } from '../lib/container.ts';
import { POLL_AFTER_S, presentTask } from '../lib/deviceTasks/resources.ts';
import { createHandler, type HandlerSpec } from '../lib/http/createHandler.ts';
import { taskRefOf } from '../lib/http/exchange.ts';

export const query = z.object({});

/** `GET /v1/products/{productId}/device-tasks/{taskId}`: how far a batch creation is. */
export const spec: HandlerSpec<z.infer<typeof query>, undefined, Container> = {
  route: 'getDeviceTask',
  query,
  handle: async (exchange, { services }) => {
    const ref = taskRefOf(exchange);
    const task = await services().followTask(ref, exchange.scope);
    const body = presentTask(ref, task);
    if (task.status === 'completed') return { status: 200, body, caching: 'validate' };
    return { status: 200, body, caching: 'no-store', headers: { 'retry-after': String(POLL_AFTER_S) } };
  },
};

export const handler = createHandler(spec, getContainer);
