import type { Device } from './device.ts';
import { hashNameSet } from './hashNames.ts';
import type { TaskCreation } from './ports.ts';

/** What is wrong with results that the vendor told. */
export type Inconsistency = 'no-devices' | 'missing-key-material' | 'other-names';

/** Results that are served but not stored: a passing glitch of the vendor's must not be kept for 30 days. */
export class InconsistentResultsError extends Error {
  constructor(inconsistency: Inconsistency) {
    super('the results are not consistent');
    // The log tells an error's name, never its message.
    this.name = `InconsistentResults(${inconsistency})`;
  }
}

function lacksKeyMaterial(device: Device): boolean {
  if (device.status !== 'created') return false;
  const { credentials } = device;
  if (credentials === undefined) return true;
  if (credentials.type === 'psk') return credentials.psk === undefined;
  return credentials.certificate === undefined || credentials.privateKey === undefined;
}

/**
 * Checks the whole results of a completed task, secrets included, as the contract's *Caching* says.
 * @param creation what was noted if the task was created through this API
 * @returns `undefined` if nothing is wrong with them
 */
export function findInconsistency(devices: readonly Device[], creation: TaskCreation | undefined): Inconsistency | undefined {
  if (devices.length === 0) return 'no-devices';
  if (devices.some(lacksKeyMaterial)) return 'missing-key-material';
  if (creation === undefined) return undefined;
  const names = devices.map(({ deviceName }) => deviceName);
  const hasNames = names.length === creation.totalDevices && hashNameSet(names) === creation.namesHash;
  return hasNames ? undefined : 'other-names';
}
