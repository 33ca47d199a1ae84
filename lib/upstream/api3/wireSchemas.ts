import * as z from 'zod/mini';
import type { StatusAnswer } from '../taskSource.ts';
import type { VendorDevice } from '../toDevice.ts';
import type { ListPage } from '../wholeList.ts';
import { wireCertificate, wireCount, wireDeviceName, wireInt, wireSecret, wireTaskId, wireTaskStatus, wireText } from '../wireTypes.ts';

// The three actions' answers, into names of our own. Source: docs/tencent-api-3.md, "The trio".

export const wireDevice = z.pipe(
  z.object({
    DeviceName: wireDeviceName,
    Result: wireInt,
    DeviceCert: wireCertificate,
    DevicePrivateKey: wireSecret,
    DevicePsk: wireSecret,
    ErrMsg: wireText,
  }),
  z.transform(
    ({ DeviceName, Result, DeviceCert, DevicePrivateKey, DevicePsk, ErrMsg }): VendorDevice => ({
      deviceName: DeviceName,
      result: Result,
      certificate: DeviceCert,
      privateKey: DevicePrivateKey,
      psk: DevicePsk,
      message: ErrMsg,
    }),
  ),
);

export const describeMultiDevicesPayload = z.pipe(
  z.object({ TaskId: wireText, TotalDevNum: wireCount, DevicesInfo: z.array(wireDevice) }),
  z.transform(({ TaskId, TotalDevNum, DevicesInfo }): ListPage => ({ taskId: TaskId, total: TotalDevNum, devices: DevicesInfo })),
);

export const describeMultiDevTaskPayload = z.pipe(
  z.object({ TaskId: wireText, TaskStatus: wireTaskStatus }),
  z.transform(({ TaskId, TaskStatus }): StatusAnswer => ({ taskId: TaskId, status: TaskStatus })),
);

export const createMultiDevicePayload = z.pipe(
  z.object({ TaskId: wireTaskId }),
  z.transform(({ TaskId }) => TaskId),
);
