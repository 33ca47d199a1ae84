import type { Device, DeviceStatus } from './device.ts';

/** Which devices of a task, or of a batch, are asked for. */
export interface PageQuery<Status extends string = DeviceStatus> {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  readonly status?: Status;
}

/** One page of results; secrets are in it only if they were asked for. */
export interface ResultsPage<D = Device> {
  readonly devices: readonly D[];
  readonly totalItems: number;
  readonly totalPages: number;
}

/** The positions, in the order of the whole, a page is made of, and the totals of what the filter leaves. */
export interface PagePlan {
  readonly positions: readonly number[];
  readonly totalItems: number;
  readonly totalPages: number;
}

/** Plans a page from the statuses of all devices; a page past the end has no positions. */
export function planPage<Status extends string>(statuses: readonly Status[], query: PageQuery<Status>): PagePlan {
  const first = (query.page - 1) * query.pageSize;
  const end = first + query.pageSize;
  const positions: number[] = [];
  let totalItems = 0;
  for (const [position, status] of statuses.entries()) {
    if (query.status !== undefined && status !== query.status) continue;
    if (totalItems >= first && totalItems < end) positions.push(position);
    totalItems += 1;
  }
  return { positions, totalItems, totalPages: Math.ceil(totalItems / query.pageSize) };
}

/** The statuses of a task's devices, in order. */
export function statusesOf(devices: readonly Device[]): DeviceStatus[] {
  return devices.map((device) => device.status);
}
