import { secretOf, type Device } from '../deviceTasks/device.ts';
import { statusCharacter, UNKNOWN } from './part.ts';
import type { Finding } from './storePorts.ts';

// Keeps an unknown device's place among the stored ones; its part's `statuses` say that it is unknown.
const placeholder = (deviceName: string): Device => ({ deviceName, status: 'failed', error: { code: 'unknown-failure' } });

const fail = (deviceName: string, code: 'credentials-lost' | 'not-sent'): Device => ({ deviceName, status: 'failed', error: { code } });

/** @returns `undefined` if it is unknown */
function settleDevice(deviceName: string, finding: Finding | undefined, isMissingUnsent: boolean): Device | undefined {
  if (finding?.kind === 'missing' && isMissingUnsent) return fail(deviceName, 'not-sent');
  if (finding?.kind !== 'device') return undefined;
  // A key that was kept and no longer opens is lost.
  const { device } = finding;
  return device.status === 'created' && secretOf(device) === undefined ? fail(deviceName, 'credentials-lost') : device;
}

/** What became of a part's devices, in the order of the request. */
export interface SettledDevices {
  /** One for each name; that of an unknown device only keeps its place. */
  readonly devices: readonly Device[];
  readonly statuses: string;
}

/**
 * @param found by position in the part @param told what the vendor's own task says; it counts before what was found
 * @param isMissingUnsent whether the looks are over, so that a missing device was not created
 */
export function settleDevices(
  deviceNames: readonly string[],
  found: ReadonlyMap<number, Finding>,
  told: readonly Device[],
  isMissingUnsent: boolean,
): SettledDevices {
  const toldByName = new Map(told.map((device) => [device.deviceName, device]));
  const settled = deviceNames.map((name, position) => toldByName.get(name) ?? settleDevice(name, found.get(position), isMissingUnsent));
  return {
    devices: settled.map((device, position) => device ?? placeholder(deviceNames[position] ?? '')),
    statuses: settled.map((device) => (device === undefined ? UNKNOWN : statusCharacter(device))).join(''),
  };
}
