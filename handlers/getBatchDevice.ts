import { getBatchContainer, type BatchContainer } from '../lib/batchContainer.ts';
import { presentBatchDevice } from '../lib/deviceTasks/device.ts';
import { getBatchDevice } from '../lib/functions/getBatchDevice.ts';
import { auditCredentials, wantsCredentials } from '../lib/http/auditCredentials.ts';
import { createHandler, type Handle } from '../lib/http/createHandler.ts';

/** `GET /v1/products/{productId}/device-batches/{batchId}/devices/{deviceName}`: one result of a batch, by its name. */
export const handle: Handle<typeof getBatchDevice, BatchContainer> = async (exchange, { services, logger }) => {
  const withSecrets = wantsCredentials(exchange);
  const { deviceName, ...ref } = exchange.path;
  const { value: device, isFinal } = await services().readBatchDevice(ref, deviceName, withSecrets, exchange.context);
  if (withSecrets) auditCredentials(logger, exchange, exchange.path, [device]);
  return { body: presentBatchDevice(device), caching: isFinal && !withSecrets ? 'validate' : 'no-store' };
};

export const handler = createHandler(getBatchDevice, handle, getBatchContainer);
