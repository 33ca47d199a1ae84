import { getContainer, type Container } from '../lib/container.ts';
import { presentDevice } from '../lib/deviceTasks/device.ts';
import { getTaskDevice } from '../lib/functions/getTaskDevice.ts';
import { auditCredentials, wantsCredentials } from '../lib/http/auditCredentials.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `GET /v1/products/{productId}/device-tasks/{taskId}/devices/{deviceName}`: one result of a completed task, by its name. */
export const handle: Handle<typeof getTaskDevice, Container> = async (exchange, { services, logger }) => {
  const withSecrets = wantsCredentials(exchange);
  const { deviceName, ...ref } = exchange.path;
  const device = await services().readDevice(ref, deviceName, withSecrets, exchange.context);
  if (withSecrets) auditCredentials(logger, exchange, exchange.path, [device]);
  return { body: presentDevice(device), caching: withSecrets ? 'no-store' : 'validate' };
};

export const handler = createHandler(getTaskDevice, handle, getContainer);
