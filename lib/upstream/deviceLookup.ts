import type { DeviceLookup } from '../deviceBatches/ports.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import { isPassing } from '../deviceBatches/vendorOutcomes.ts';
import type { Secret } from '../secret.ts';
import { failed, type Outcome } from './failure.ts';
import { toAppError } from './toAppError.ts';

/** One device as the vendor describes it. */
export interface DeviceDescription {
  /** Of the device it is about, if it says so. */
  readonly deviceName: string | undefined;
  /** Unix seconds. */
  readonly createdAtS: number;
  readonly certificate: string | undefined;
  readonly psk: Secret | undefined;
  readonly isKeyFetched: boolean;
}

/** The calls about one device; an API that has them makes them in its own way. */
export interface DeviceCalls {
  readonly describe: (productId: string, deviceName: string, context: RequestContext) => Promise<Outcome<DeviceDescription | 'absent'>>;
  readonly fetchKey: (productId: string, deviceName: string, context: RequestContext) => Promise<Outcome<Secret>>;
}

const malformed = failed({ kind: 'unreadable', reason: 'incomplete' });

/** The vendor as the place to look devices up. */
export function createDeviceLookup(calls: DeviceCalls): DeviceLookup {
  return {
    find: async (productId, deviceName, context) => {
      const outcome = await calls.describe(productId, deviceName, context);
      if (!outcome.ok) throw toAppError(outcome.failure, 'device');
      if (outcome.value === 'absent') return undefined;
      const { deviceName: about = deviceName, certificate, psk, ...rest } = outcome.value;
      // Without his clock, or about another device, it says nothing.
      if (outcome.aheadMs === undefined || about !== deviceName) throw toAppError(malformed.failure, 'device');
      return { ...rest, aheadMs: outcome.aheadMs, ...(certificate === undefined ? {} : { certificate }), ...(psk === undefined ? {} : { psk }) };
    },
    fetchKey: async (productId, deviceName, context) => {
      const outcome = await calls.fetchKey(productId, deviceName, context);
      if (outcome.ok) return outcome.value;
      const error = toAppError(outcome.failure, 'creation');
      if (isPassing(error)) throw error;
      return undefined;
    },
  };
}
