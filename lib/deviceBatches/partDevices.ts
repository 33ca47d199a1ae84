import type { BatchDevice, BatchDeviceStatus } from '../deviceTasks/device.ts';
import type { BatchPart } from './batch.ts';
import { CREATED, UNKNOWN, type PartState } from './part.ts';

/** Where what is known of a device lies. */
export type DevicePlace =
  /** In its part. */
  | { readonly kind: 'told'; readonly device: BatchDevice }
  /** Among the stored results of a task, in the part's order. */
  | { readonly kind: 'stored'; readonly taskId: string };

/** What became of the device at a position of a part. */
export function statusAt(state: PartState, position: number): BatchDeviceStatus {
  if (state.state !== 'done') return 'pending';
  const character = state.statuses[position];
  if (character === CREATED) return 'created';
  return character === UNKNOWN ? 'unknown' : 'failed';
}

/** The one place that knows where a device of a part is to be read. @returns `undefined` if the part has no such position */
export function findPlace({ deviceNames, state }: BatchPart, position: number): DevicePlace | undefined {
  const [deviceName, status] = [deviceNames[position], statusAt(state, position)];
  if (deviceName === undefined) return undefined;
  // Of a device that is unknown no result stands for anything, even if the others of its part are stored.
  if (state.state !== 'done' || status === 'unknown') return { kind: 'told', device: { deviceName, status: state.state === 'done' ? 'unknown' : 'pending' } };
  if (state.taskId !== undefined) return { kind: 'stored', taskId: state.taskId };
  return state.error && { kind: 'told', device: { deviceName, status: 'failed', error: state.error } };
}
