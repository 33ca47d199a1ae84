import type { BatchDevice, BatchDeviceStatus } from '../deviceTasks/device.ts';
import type { BatchPart } from './batch.ts';
import { CREATED, UNKNOWN, type PartState } from './part.ts';

/** Where what is known of a part's devices lies. */
export type PartDevices =
  /** In the part itself. */
  | { readonly kind: 'told'; readonly deviceAt: (position: number) => BatchDevice | undefined }
  /** Among the stored results of a task, in the part's order. */
  | { readonly kind: 'stored'; readonly taskId: string };

/** What became of the device at a position of a part. */
export function statusAt(state: PartState, position: number): BatchDeviceStatus {
  if (state.state !== 'done') return 'pending';
  const character = state.statuses[position];
  if (character === CREATED) return 'created';
  return character === UNKNOWN ? 'unknown' : 'failed';
}

/** The one place that knows where a part's devices are to be read. */
export function devicesOf(part: BatchPart): PartDevices {
  const { state } = part;
  if (state.state === 'done' && state.taskId !== undefined) return { kind: 'stored', taskId: state.taskId };
  const error = state.state === 'done' ? state.error : undefined;
  const deviceAt = (position: number): BatchDevice | undefined => {
    const [deviceName, status] = [part.deviceNames[position], statusAt(state, position)];
    if (deviceName === undefined) return undefined;
    if (status === 'pending' || status === 'unknown') return { deviceName, status };
    return error === undefined ? undefined : { deviceName, status: 'failed', error };
  };
  return { kind: 'told', deviceAt };
}
