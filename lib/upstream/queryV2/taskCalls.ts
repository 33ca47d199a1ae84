import type { TaskCalls } from '../taskSource.ts';
import type { VendorClient } from '../vendorClient.ts';
import { VENDOR_PAGE_SIZE } from '../wholeList.ts';
import { API } from './envelope.ts';
import type { QueryParameters } from './signature.ts';
import { createMultiDevicePayload, getCreateMultiDevTaskPayload, getMultiDevicesPayload } from './wireSchemas.ts';

/** The batch trio of the query API. Source: docs/legacy-api.md, "The batch trio". */
export function createTaskCalls({ read, create }: VendorClient<QueryParameters>): TaskCalls {
  return {
    api: API,
    readStatus: ({ productId: productID, taskId: taskID }, context) =>
      read({ action: 'GetCreateMultiDevTask', parameters: { productID, taskID }, payload: getCreateMultiDevTaskPayload }, context),
    readPage: ({ productId: productID, taskId: taskID }, index, context) => {
      const parameters = { productID, taskID, pageNum: index + 1, pageSize: VENDOR_PAGE_SIZE };
      return read({ action: 'GetMultiDevices', parameters, payload: getMultiDevicesPayload }, context);
    },
    create: (productID, listDeviceName, context) =>
      create({ action: 'CreateMultiDevice', parameters: { productID, listDeviceName }, payload: createMultiDevicePayload }, context),
  };
}
