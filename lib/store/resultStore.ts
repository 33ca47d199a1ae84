import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { pickNames, type Device, type TaskRef } from '../deviceTasks/device.ts';
import type { Lookup, NamesOfTask, ReportFault, ResultStore, TaskRecord } from '../deviceTasks/ports.ts';
import { creationKey, HEADER, taskKey, type ListRef } from './keys.ts';
import { KeyUnavailableError, type KeyWrapper } from './keyWrapper.ts';
import { toListItem } from './lists.ts';
import { readDevices, readDevicesWithSecrets, SecretsUnreadableError } from './pageDevices.ts';
import { readTaskItems, selectDevice, selectNames, selectPage, type PageItems, type Positions, type Selection } from './pageItems.ts';
import { StoredMismatchError } from './secretChunks.ts';
import { MAX_LIFE_S, parseHeader, toStoredTask } from './storedItems.ts';
import type { TableClient } from './tableClient.ts';
import { parseCreation, toCreationItem } from './taskCreations.ts';
import { buildTaskItems } from './taskItems.ts';

export interface ResultStoreDeps {
  readonly table: TableClient;
  /** Names the vendor's account in every key. */
  readonly account: string;
  /** `undefined`: secrets are never stored. */
  readonly wrapper: KeyWrapper | undefined;
  readonly clock: Clock;
  readonly reportFault: ReportFault;
}

const WRITE_TIME_MS = 1500;
// The answer to a creation waits for its note.
const NOTE_TIME_MS = 500;

/** Completed tasks in the table of `docs/store.md`: chunks first, secrets apart, the header last. */
export function createResultStore(deps: ResultStoreDeps): ResultStore {
  const { table, account, wrapper, clock, reportFault } = deps;
  const nowS = () => Math.floor(clock.now() / 1000);

  /** @returns `undefined` if the page is not whole, or its secrets do not open, which is reported */
  const openPage = async (ref: TaskRef, items: PageItems, withSecrets: boolean): Promise<readonly Device[] | undefined> => {
    if (!withSecrets) return readDevices(items);
    if (wrapper === undefined) return undefined;
    try {
      return await readDevicesWithSecrets({ account, ref, wrapper }, items);
    } catch (error) {
      if (error instanceof StoredMismatchError) reportFault('stored-mismatch', error);
      else if (error instanceof SecretsUnreadableError) reportFault('stored-secret-unreadable', error);
      else throw error;
      return undefined;
    }
  };

  const open = async <P extends Positions, T>(
    ref: TaskRef,
    items: PageItems<P> | undefined,
    withSecrets: boolean,
    toValue: (devices: readonly Device[], plan: P) => T,
  ): Promise<Lookup<T>> => {
    if (items === undefined) return { kind: 'absent' };
    const { header, plan } = items;
    const devices = await openPage(ref, items, withSecrets);
    if (devices === undefined) return { kind: 'absent', fetchId: header.fetchId };
    return { kind: 'found', value: toValue(devices, plan), expiresAtS: header.expiresAt };
  };

  const read = async <P extends Positions, T>(
    ref: TaskRef,
    selection: Selection<P>,
    withSecrets: boolean,
    toValue: (devices: readonly Device[], plan: P) => T,
  ): Promise<Lookup<T>> => {
    const [items] = await readTaskItems(table, [{ pk: taskKey(account, ref), selection }], { withSecrets, nowS });
    return open(ref, items, withSecrets, toValue);
  };

  const readNames: ResultStore['readNames'] = async (tasks, withSecrets) => {
    const selections = tasks.map(({ ref, names }) => ({ pk: taskKey(account, ref), selection: selectNames(names) }));
    const items = await readTaskItems(table, selections, { withSecrets, nowS });
    const openNames = async ({ ref, names }: NamesOfTask, found: PageItems | undefined): Promise<Lookup<readonly Device[]>> => {
      try {
        const lookup = await open(ref, found, withSecrets, (devices) => pickNames(names, devices));
        if (lookup.kind === 'found' && lookup.value !== undefined) return { ...lookup, value: lookup.value };
      } catch (error) {
        // One task's key may be out of reach, and the table is not.
        if (!(error instanceof KeyUnavailableError)) throw error;
        reportFault('cache-read-failed', error);
      }
      return { kind: 'absent', fetchId: found?.header.fetchId };
    };
    return Promise.all(tasks.map((task, index) => openNames(task, items[index])));
  };

  const save: ResultStore['save'] = async (ref, devices, endsAtS = Infinity, fetchId = randomUUID()) => {
    const deadlineMs = clock.now() + WRITE_TIME_MS;
    const expiresAt = Math.min(nowS() + MAX_LIFE_S, endsAtS);
    if (expiresAt <= nowS()) throw new Error('the task has ended');
    const context = { account, ref, fetchId, expiresAt, wrapper };
    const { header, headerItem, chunkItems } = await buildTaskItems(context, devices);
    await table.putMany(chunkItems, deadlineMs);
    if (clock.now() > deadlineMs) throw new Error('the task was not stored in time');
    await table.put(headerItem);
    return toStoredTask(header);
  };

  const readTask = async (ref: TaskRef): Promise<TaskRecord> => {
    const items = await table.getMany([{ pk: taskKey(account, ref), sk: HEADER }, creationKey(account, ref)]);
    const header = parseHeader(items.find((item) => item['sk']?.S === HEADER), nowS());
    const creation = parseCreation(items.find((item) => item['sk']?.S !== HEADER), nowS());
    return {
      ...(header === undefined ? {} : { completed: toStoredTask(header) }),
      ...(creation === undefined ? {} : { creation }),
    };
  };

  return {
    keepsSecrets: wrapper !== undefined,
    readPage: (ref, query, withSecrets) =>
      read(ref, selectPage(query), withSecrets, (devices, { totalItems, totalPages }) => ({ devices, totalItems, totalPages })),
    readDevice: (ref, deviceName, withSecrets) =>
      read(ref, selectDevice(deviceName), withSecrets, (devices) => devices.find((device) => device.deviceName === deviceName)),
    readNames,
    save,
    readTask,
    noteCreation: (ref, creation, createdAtMs) => {
      if (createdAtMs === undefined) return table.put(toCreationItem(account, ref, creation));
      const { totalDevices, expiresAtS } = creation;
      const list: ListRef = { account, kind: 'device-tasks', productId: ref.productId };
      const listItem = toListItem(list, { id: ref.taskId, createdAtMs, expiresAtS, totalDevices });
      return table.putMany([toCreationItem(account, ref, creation), listItem], clock.now() + NOTE_TIME_MS);
    },
  };
}
