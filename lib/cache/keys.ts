import type { TaskRef } from '../deviceTasks/device.ts';

/** Whose results these are: other credentials can never read another account's. */
export interface Tenant {
  /** Host of the vendor's endpoint, with its port where it names one. */
  readonly host: string;
  readonly region: string;
  readonly account: string;
}

// None of the parts can hold a `#`.
export function tenantPrefix({ host, region, account }: Tenant): string {
  return `${host}#${region}#${account}`;
}

export function taskKey(tenant: Tenant, { productId, taskId }: TaskRef): string {
  return `${tenantPrefix(tenant)}#task#${productId}#${taskId}`;
}

// `creation` and `header` stand side by side, so that one Query reads what is known of a task.
export const CREATION = 'creation';
export const HEADER = 'header';
export const LEASE = 'lease';

const position5 = (position: number) => String(position).padStart(5, '0');

export const rowKey = (position: number) => `row#${position5(position)}`;
export const secretKey = (position: number) => `secret#${position5(position)}`;
