import type { TaskCalls } from '../taskSource.ts';
import type { VendorClient } from '../vendorClient.ts';
import { VENDOR_PAGE_SIZE } from '../wholeList.ts';
import type { JsonParameters } from './api3.ts';
import { API } from './envelope.ts';
import { createMultiDevicePayload, describeMultiDevicesPayload, describeMultiDevTaskPayload } from './wireSchemas.ts';

/** The batch trio of API 3.0. Source: docs/tencent-api-3.md, "The trio". */
export function createTaskCalls({ read, create }: VendorClient<JsonParameters>): TaskCalls {
  return {
    api: API,
    readStatus: ({ productId: ProductId, taskId: TaskId }, context) =>
      read({ action: 'DescribeMultiDevTask', parameters: { ProductId, TaskId }, payload: describeMultiDevTaskPayload }, context),
    readPage: ({ productId: ProductId, taskId: TaskId }, index, context) => {
      const parameters = { ProductId, TaskId, Offset: index * VENDOR_PAGE_SIZE, Limit: VENDOR_PAGE_SIZE };
      return read({ action: 'DescribeMultiDevices', parameters, payload: describeMultiDevicesPayload }, context);
    },
    create: (ProductId, DeviceNames, context) =>
      create({ action: 'CreateMultiDevice', parameters: { ProductId, DeviceNames }, payload: createMultiDevicePayload }, context),
  };
}
