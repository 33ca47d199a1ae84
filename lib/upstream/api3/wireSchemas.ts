import * as z from 'zod/mini';
import { createSecret } from '../../secret.ts';
import type { DeviceDescription } from '../deviceLookup.ts';
import type { StatusAnswer } from '../taskSource.ts';
import type { VendorDevice } from '../toDevice.ts';
import type { ListPage } from '../wholeList.ts';
import { wireCertificate, wireCount, wireDeviceName, wireInt, wireSecret, wireTaskId, wireTaskStatus, wireText } from '../wireTypes.ts';

// The actions' answers, into names of our own. Source: docs/tencent-api-3.md, "The trio" and "Single devices".

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

export const describeDevicePayload = z.pipe(
  z.object({ DeviceName: wireText, CreateTime: wireCount, DeviceCert: wireCertificate, DevicePsk: wireSecret, CertState: wireInt }),
  z.transform(
    ({ DeviceName, CreateTime, DeviceCert, DevicePsk, CertState }): DeviceDescription => ({
      deviceName: DeviceName,
      createdAtS: CreateTime,
      certificate: DeviceCert,
      psk: DevicePsk,
      isKeyFetched: CertState !== 0,
    }),
  ),
);

export const describeDeviceClientKeyPayload = z.pipe(
  z.object({ ClientKey: z.string().check(z.minLength(1)) }),
  z.transform(({ ClientKey }) => createSecret(ClientKey)),
);
