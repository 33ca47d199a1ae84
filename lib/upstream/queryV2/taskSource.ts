import type { Device, TaskRef, TaskStatus } from '../../deviceTasks/device.ts';
import type { TaskSource } from '../../deviceTasks/ports.ts';
import type { RequestScope } from '../../deviceTasks/requestScope.ts';
import { failed, type Outcome } from '../failure.ts';
import type { LegacyClient } from '../vendorClient.ts';
import { toAppError, type CallSubject } from '../toAppError.ts';
import { toDevice } from '../toDevice.ts';
import {
  createMultiDevicePayload,
  getCreateMultiDevTaskPayload,
  getMultiDevicesPayload,
  type GetMultiDevicesPayload,
  type WireDevice,
} from './wireSchemas.ts';

const STATUSES: readonly TaskStatus[] = ['pending', 'running', 'completed'];

// The vendor takes 10–250; a batch has at most 100 devices, so one call holds a whole task.
const VENDOR_PAGE_SIZE = 100;

// Far beyond any batch; a larger total is nonsense that must not keep us calling.
const MAX_DEVICES = 10_000;

const incomplete = () => failed({ kind: 'unreadable', reason: 'incomplete' });

function orThrow<T>(outcome: Outcome<T>, subject: CallSubject): T {
  if (outcome.ok) return outcome.value;
  throw toAppError(outcome.failure, subject);
}

/** An answer about another task than the one asked for is not an answer. */
function isAbout(payload: { readonly taskID?: string | undefined }, ref: TaskRef): boolean {
  return payload.taskID === undefined || payload.taskID === ref.taskId;
}

function readPage(client: LegacyClient, ref: TaskRef, pageNum: number, scope: RequestScope) {
  const parameters = { productID: ref.productId, taskID: ref.taskId, pageNum, pageSize: VENDOR_PAGE_SIZE };
  return client.read({ action: 'GetMultiDevices', parameters, payload: getMultiDevicesPayload }, scope);
}

/** Two results of one name contradict each other: which key is the device's? */
function hasEachOnce(devices: readonly WireDevice[]): boolean {
  return new Set(devices.map(({ deviceName }) => deviceName)).size === devices.length;
}

/** Whether a further page can be part of the list so far: the same total, something new, nothing twice. */
function continues(list: readonly WireDevice[], total: number, page: GetMultiDevicesPayload): boolean {
  const devices = page.listCreateDeviceInfo;
  return page.totalDevNum === total && devices.length > 0 && hasEachOnce([...list, ...devices]);
}

async function readWholeList(client: LegacyClient, ref: TaskRef, scope: RequestScope): Promise<Outcome<WireDevice[]>> {
  const first = await readPage(client, ref, 1, scope);
  if (!first.ok) return first;
  const total = first.value.totalDevNum;
  const list = [...first.value.listCreateDeviceInfo];
  if (!isAbout(first.value, ref) || total > MAX_DEVICES || !hasEachOnce(list)) return incomplete();
  for (let pageNum = 2; list.length < total; pageNum += 1) {
    const page = await readPage(client, ref, pageNum, scope);
    if (!page.ok) return page;
    if (!isAbout(page.value, ref) || !continues(list, total, page.value)) return incomplete();
    list.push(...page.value.listCreateDeviceInfo);
  }
  return list.length === total ? { ok: true, value: list } : incomplete();
}

/** The vendor as the source of device tasks: the batch trio of the query API, translated. */
export function createTaskSource(client: LegacyClient): TaskSource {
  return {
    readStatus: async (ref, scope) => {
      const parameters = { productID: ref.productId, taskID: ref.taskId };
      const outcome = await client.read(
        { action: 'GetCreateMultiDevTask', parameters, payload: getCreateMultiDevTaskPayload },
        scope,
      );
      const payload = orThrow(outcome, 'task');
      const status = STATUSES[payload.taskStatus];
      if (status === undefined || !isAbout(payload, ref)) throw toAppError(incomplete().failure, 'task');
      return status;
    },
    readDevices: async (ref, scope): Promise<readonly Device[]> =>
      orThrow(await readWholeList(client, ref, scope), 'task').map(toDevice),
    createTask: async (productId, deviceNames, scope) => {
      const parameters = { productID: productId, listDeviceName: deviceNames };
      const outcome = await client.create(
        { action: 'CreateMultiDevice', parameters, payload: createMultiDevicePayload },
        scope,
      );
      return orThrow(outcome, 'creation').taskID;
    },
  };
}
