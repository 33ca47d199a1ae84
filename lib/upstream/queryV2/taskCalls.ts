import type { TaskCalls } from '../taskSource.ts';
import type { VendorClient } from '../vendorClient.ts';
import { VENDOR_PAGE_SIZE } from '../wholeList.ts';
import type { QueryParameters } from './signature.ts';
import { createMultiDevicePayload, getCreateMultiDevTaskPayload, getMultiDevicesPayload } from './wireSchemas.ts';

/** The batch trio of the query API. Source: docs/legacy-api.md, "The batch trio". */
export function createTaskCalls({ read, create }: VendorClient<QueryParameters>): TaskCalls {
  return {
    readStatus: ({ productId: productID, taskId: taskID }, scope) =>
      read({ action: 'GetCreateMultiDevTask', parameters: { productID, taskID }, payload: getCreateMultiDevTaskPayload }, scope),
    readPage: ({ productId: productID, taskId: taskID }, index, scope) => {
      const parameters = { productID, taskID, pageNum: index + 1, pageSize: VENDOR_PAGE_SIZE };
      return read({ action: 'GetMultiDevices', parameters, payload: getMultiDevicesPayload }, scope);
    },
    create: (productID, listDeviceName, scope) =>
      create({ action: 'CreateMultiDevice', parameters: { productID, listDeviceName }, payload: createMultiDevicePayload }, scope),
  };
}
