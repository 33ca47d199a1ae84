import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Device, TaskRef } from '../deviceTasks/device.ts';
import type { PageLookup, ReportFault, ResultStore, StoredTask, TaskRecord } from '../deviceTasks/ports.ts';
import { creationKey, HEADER, taskKey } from './keys.ts';
import type { KeyWrapper } from './keyWrapper.ts';
import { readDevices, readDevicesWithSecrets, SecretsUnreadableError } from './pageDevices.ts';
import { readPageItems, type PageItems } from './pageItems.ts';
import { StoredMismatchError } from './secretChunks.ts';
import { parseHeader, type StoredHeader } from './storedItems.ts';
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

const MAX_LIFE_S = 30 * 24 * 60 * 60;
const WRITE_TIME_MS = 1500;

function toStoredTask({ statuses, expiresAt, fetchId }: StoredHeader): StoredTask {
  const totalDevices = statuses.length;
  const failedDevices = Array.from(statuses).filter((character) => character === 'f').length;
  return { totalDevices, createdDevices: totalDevices - failedDevices, failedDevices, expiresAtS: expiresAt, fetchId };
}

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

  const readPage: ResultStore['readPage'] = async (ref, query, withSecrets): Promise<PageLookup> => {
    const items = await readPageItems(table, taskKey(account, ref), query, withSecrets, nowS);
    if (items === undefined) return { kind: 'absent' };
    const { header, plan } = items;
    const devices = await openPage(ref, items, withSecrets);
    if (devices === undefined) return { kind: 'absent', fetchId: header.fetchId };
    const { totalItems, totalPages } = plan;
    return { kind: 'found', page: { devices, totalItems, totalPages, expiresAtS: header.expiresAt } };
  };

  const save: ResultStore['save'] = async (ref, devices, endsAtS = Infinity) => {
    const deadlineMs = clock.now() + WRITE_TIME_MS;
    const expiresAt = Math.min(nowS() + MAX_LIFE_S, endsAtS);
    if (expiresAt <= nowS()) throw new Error('the task has ended');
    const context = { account, ref, fetchId: randomUUID(), expiresAt, wrapper };
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
    readPage,
    save,
    readTask,
    noteCreation: (ref, creation) => table.put(toCreationItem(account, ref, creation)),
  };
}
