import type { DeviceCalls } from '../deviceLookup.ts';
import type { Failure } from '../failure.ts';
import type { VendorClient } from '../vendorClient.ts';
import type { JsonParameters } from './api3.ts';
import { describeDeviceClientKeyPayload, describeDevicePayload } from './wireSchemas.ts';

// It is handed out once: a call that could not wait for its answer would lose it.
const KEY_MIN_TIME_MS = 2000;

const isAbsent = (failure: Failure) => failure.kind === 'refusal' && failure.upstream.code === 'ResourceNotFound.DeviceNotExist';

/** The actions about one device. Source: docs/tencent-api-3.md, "Single devices". */
export function createDeviceCalls({ read, create }: VendorClient<JsonParameters>): DeviceCalls {
  return {
    describe: async (ProductID, DeviceName, context) => {
      // The capital D is the vendor's.
      const parameters = { ProductID, DeviceName };
      const outcome = await read({ action: 'DescribeDevice', parameters, payload: describeDevicePayload, readsClock: true }, context);
      return !outcome.ok && isAbsent(outcome.failure) ? { ok: true, value: 'absent' } : outcome;
    },
    fetchKey: (ProductId, DeviceName, context) => {
      const parameters = { ProductId, DeviceName };
      return create({ action: 'DescribeDeviceClientKey', parameters, payload: describeDeviceClientKeyPayload, minTimeMs: KEY_MIN_TIME_MS }, context);
    },
  };
}
