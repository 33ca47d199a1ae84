import { failed, type Outcome } from './failure.ts';
import type { VendorDevice } from './toDevice.ts';

/** Devices asked for in one call. The vendor takes 10–250, and a task has 100 at most: one call holds a whole task. */
export const VENDOR_PAGE_SIZE = 100;

/** One page of a task's results. */
export interface ListPage {
  /** Of the task it is about, if it says so. */
  readonly taskId: string | undefined;
  /** Devices of the whole task. */
  readonly total: number;
  readonly devices: readonly VendorDevice[];
}

// Far beyond any task; a larger total is nonsense that must not keep us calling.
const MAX_DEVICES = 10_000;

/** An answer that is not what was asked for, or not all of it. */
export const incomplete = () => failed({ kind: 'unreadable', reason: 'incomplete' });

/** An answer about another task than the one asked for is not an answer. */
export function isAbout(taskId: string, answer: { readonly taskId: string | undefined }): boolean {
  return answer.taskId === undefined || answer.taskId === taskId;
}

/** Two results of one name contradict each other: which key is the device's? */
function hasEachOnce(devices: readonly VendorDevice[]): boolean {
  return new Set(devices.map(({ deviceName }) => deviceName)).size === devices.length;
}

/** Whether a further page can be part of the list so far: the same total, something new, nothing twice. */
function continues(list: readonly VendorDevice[], total: number, page: ListPage): boolean {
  return page.total === total && page.devices.length > 0 && hasEachOnce([...list, ...page.devices]);
}

/**
 * All results of a task, in the vendor's order, or why not: a list that contradicts itself or its total is none.
 * @param readPage reads a page, counted from 0
 */
export async function readWholeList(taskId: string, readPage: (index: number) => Promise<Outcome<ListPage>>): Promise<Outcome<VendorDevice[]>> {
  const first = await readPage(0);
  if (!first.ok) return first;
  const { total } = first.value;
  const list = [...first.value.devices];
  if (!isAbout(taskId, first.value) || total > MAX_DEVICES || !hasEachOnce(list)) return incomplete();
  for (let index = 1; list.length < total; index += 1) {
    const page = await readPage(index);
    if (!page.ok) return page;
    if (!isAbout(taskId, page.value) || !continues(list, total, page.value)) return incomplete();
    list.push(...page.value.devices);
  }
  return list.length === total ? { ok: true, value: list } : incomplete();
}
