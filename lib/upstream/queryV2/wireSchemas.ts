import * as z from 'zod/mini';
import type { ListPage } from '../wholeList.ts';
import type { StatusAnswer } from '../taskSource.ts';
import type { VendorDevice } from '../toDevice.ts';
import { wireCertificate, wireCount, wireDeviceName, wireInt, wireSecret, wireTaskId, wireTaskStatus, wireText } from '../wireTypes.ts';

// The three actions' answers, into names of our own. Source: docs/legacy-api.md, "The batch trio".

export const wireDevice = z.pipe(
  z.object({
    deviceName: wireDeviceName,
    result: wireInt,
    deviceCert: wireCertificate,
    devicePrivateKey: wireSecret,
    devicePsk: wireSecret,
    errMsg: wireText,
  }),
  z.transform(
    ({ deviceName, result, deviceCert: certificate, devicePrivateKey: privateKey, devicePsk: psk, errMsg: message }): VendorDevice => ({
      deviceName,
      result,
      certificate,
      privateKey,
      psk,
      message,
    }),
  ),
);

export const getMultiDevicesPayload = z.pipe(
  z.object({ taskID: wireText, totalDevNum: wireCount, listCreateDeviceInfo: z.array(wireDevice) }),
  z.transform(({ taskID: taskId, totalDevNum: total, listCreateDeviceInfo: devices }): ListPage => ({ taskId, total, devices })),
);

export const getCreateMultiDevTaskPayload = z.pipe(
  z.object({ taskID: wireText, taskStatus: wireTaskStatus }),
  z.transform(({ taskID: taskId, taskStatus: status }): StatusAnswer => ({ taskId, status })),
);

export const createMultiDevicePayload = z.pipe(
  z.object({ taskID: wireTaskId }),
  z.transform(({ taskID }) => taskID),
);
