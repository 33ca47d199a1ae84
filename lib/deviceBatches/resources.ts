import * as z from 'zod/mini';
import { batchDeviceResource } from '../deviceTasks/device.ts';
import { count, deviceResultPageResource, identifier, namesUpTo, resourceTexts } from '../deviceTasks/resources.ts';

// The resources of the HTTP contract: these schemas are their one source, types and documents follow.

/** A UUID of version 7, which sorts by time. */
export const batchIdentifier = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, { error: 'must be a UUID of version 7 in lower case' }));

/** When a batch that is not completed is worth another look. */
export const POLL_AFTER_S = 2;

/** Body of the creation of a batch. */
export const deviceBatchCreation = namesUpTo(10_000);

export const deviceBatchResource = z.object({
  productId: identifier,
  batchId: batchIdentifier,
  status: z.enum(['pending', 'running', 'completed']),
  totalDevices: count,
  createdDevices: count,
  failedDevices: count,
  unknownDevices: count,
  pendingDevices: count,
  retryOf: z.optional(batchIdentifier),
  createdAt: z.iso.datetime(),
  completedAt: z.optional(z.iso.datetime()),
  expiresAt: z.iso.datetime(),
});
export type DeviceBatchResource = z.infer<typeof deviceBatchResource>;

export const deviceBatchListResource = z.object({ batches: z.array(deviceBatchResource) });
export type DeviceBatchListResource = z.infer<typeof deviceBatchListResource>;

export const MAX_PAGE_SIZE = 500;

const { page, totalItems, totalPages } = deviceResultPageResource.shape;
export const deviceBatchPageResource = z.object({
  productId: identifier,
  batchId: batchIdentifier,
  page,
  pageSize: z.int().check(z.minimum(1), z.maximum(MAX_PAGE_SIZE)),
  totalItems,
  totalPages,
  devices: z.array(batchDeviceResource).check(z.maxLength(MAX_PAGE_SIZE)),
});
export type DeviceBatchPageResource = z.infer<typeof deviceBatchPageResource>;

/** What each schema and each of its members means: the text of the OpenAPI document. A test holds that none is left out. */
export const batchTexts = {
  DeviceBatchCreation: 'Devices to create, however many tasks of the vendor it takes.',
  'DeviceBatchCreation.deviceNames': '1 to 10,000 names, each once.',
  'DeviceBatchCreation.deviceNames[]': 'Name of a device, unique within its product.',

  DeviceBatch: 'Up to 10,000 devices as one resource, and how far they are. The five counts always stand and add up.',
  'DeviceBatch.productId': 'The product the devices belong to.',
  'DeviceBatch.batchId': 'Names the batch within its product: a UUID of version 7, which sorts by time.',
  'DeviceBatch.status': '`pending`: nothing was sent yet; `running`; `completed`: no device is pending, and the batch never changes again.',
  'DeviceBatch.totalDevices': 'Devices of the batch.',
  'DeviceBatch.createdDevices': 'Devices that were created.',
  'DeviceBatch.failedDevices': 'Devices that were not created.',
  'DeviceBatch.unknownDevices': 'Devices that were sent, and nobody knows, nor will know, whether they exist.',
  'DeviceBatch.pendingDevices': 'Devices of which it is still to be seen.',
  'DeviceBatch.retryOf': 'The batch whose failures this one repeats.',
  'DeviceBatch.createdAt': 'When the batch was accepted (UTC).',
  'DeviceBatch.completedAt': 'When the last device was settled (UTC); on a completed batch.',
  'DeviceBatch.expiresAt': 'When the batch, its results and the keys with them are gone (UTC).',

  DeviceBatchList: 'One page of the batches of a product.',
  'DeviceBatchList.batches': 'Newest first.',

  DeviceBatchPage: 'One page of what became of the devices of a batch, in the order of the request.',
  'DeviceBatchPage.productId': resourceTexts['DeviceResultPage.productId'],
  'DeviceBatchPage.batchId': 'The batch the results are of.',
  'DeviceBatchPage.page': resourceTexts['DeviceResultPage.page'],
  'DeviceBatchPage.pageSize': resourceTexts['DeviceResultPage.pageSize'],
  'DeviceBatchPage.totalItems': resourceTexts['DeviceResultPage.totalItems'],
  'DeviceBatchPage.totalPages': resourceTexts['DeviceResultPage.totalPages'],
  'DeviceBatchPage.devices': resourceTexts['DeviceResultPage.devices'],
} as const;
