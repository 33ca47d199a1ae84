import type { Credentials, Device } from '../deviceTasks/device.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { BatchRef } from './batch.ts';
import type { DeviceLookup, FoundDevice } from './ports.ts';
import { judgeDevice } from './resolveSteps.ts';
import type { Finding } from './storePorts.ts';
import type { StateOf } from './steps.ts';

export interface LookUpDeviceDeps {
  readonly lookup: DeviceLookup;
  readonly clock: Clock;
  /** Told of every secret as soon as it is here. */
  readonly onSecret: (deviceName: string) => void;
}

export interface LookUpTarget extends BatchRef {
  readonly deviceName: string;
  readonly state: StateOf<'resolving'>;
}

/** A private key is handed out once: with less time than this left it is not asked for. */
export const KEY_TIME_MS = 3500;

const created = (deviceName: string, credentials: Credentials): Device => ({ deviceName, status: 'created', credentials });
const failed = (deviceName: string, code: 'device-name-exists' | 'credentials-lost'): Device => ({ deviceName, status: 'failed', error: { code } });

/**
 * Finds out what became of one device, and fetches its key if it is ours.
 * @throws AppError if the vendor cannot be asked now, or his answer cannot be used; its key was not handed out then
 */
export async function lookUpDevice(deps: LookUpDeviceDeps, target: LookUpTarget, context: RequestContext): Promise<Finding> {
  const { lookup, clock, onSecret } = deps;
  const { productId, deviceName, state } = target;
  const toFinding = (device: Device): Finding => ({ kind: 'device', device });

  const withPsk = (psk: Secret) => {
    onSecret(deviceName);
    return created(deviceName, { type: 'psk', psk });
  };

  const withKey = async ({ certificate, isKeyFetched }: FoundDevice) => {
    if (isKeyFetched) return failed(deviceName, 'credentials-lost');
    if (clock.now() + KEY_TIME_MS > context.deadlineMs) throw new AppError('upstream-timeout');
    const privateKey = await lookup.fetchKey(productId, deviceName, context);
    if (privateKey === undefined) return failed(deviceName, 'credentials-lost');
    onSecret(deviceName);
    return created(deviceName, { type: 'certificate', ...(certificate === undefined ? {} : { certificate }), privateKey });
  };

  const found = await lookup.find(productId, deviceName, context);
  if (found === undefined) return { kind: 'missing', look: state.look };
  switch (judgeDevice(found.createdAtS, state.sendings, found.aheadMs)) {
    case 'existed':
      return toFinding(failed(deviceName, 'device-name-exists'));
    case 'unclear':
      return { kind: 'unknown' };
    case 'ours':
      return toFinding(found.certificate === undefined && found.psk !== undefined ? withPsk(found.psk) : await withKey(found));
  }
}
