import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { withSecret, type Device, type TaskRef } from '../deviceTasks/device.ts';
import type { PageQuery } from '../deviceTasks/paging.ts';
import type { ReportFault, ResultStore, PageLookup, StoredTask } from '../deviceTasks/ports.ts';
import { CREATION, HEADER, rowKey, taskKey, type Tenant } from './keys.ts';
import type { KeyWrapper } from './keyWrapper.ts';
import { readPageItems, type PageItems } from './pageItems.ts';
import { openSecrets } from './secretRows.ts';
import { parseCreation, parseHeader, parseRows, SCHEMA_VERSION, type StoredHeader } from './storedItems.ts';
import type { Item } from './dynamoDbApi.ts';
import type { TableClient } from './tableClient.ts';
import { buildTaskItems } from './taskItems.ts';

export interface ResultStoreDeps {
  readonly table: TableClient;
  readonly tenant: Tenant;
  /** `undefined`: secrets are never stored. */
  readonly wrapper: KeyWrapper | undefined;
  readonly clock: Clock;
  readonly reportFault: ReportFault;
}

const MAX_LIFE_S = 30 * 24 * 60 * 60;
const WRITE_TIME_MS = 1500;

function toStoredTask(header: StoredHeader): StoredTask {
  const totalDevices = header.statuses.length;
  const failedDevices = Array.from(header.statuses).filter((character) => character === 'f').length;
  return { totalDevices, createdDevices: totalDevices - failedDevices, failedDevices, expiresAtS: header.expiresAt, fetchId: header.fetchId };
}

/** Completed tasks in the table of `docs/store.md`: rows first, secrets apart, the header last. */
export function createResultStore(deps: ResultStoreDeps): ResultStore {
  const { table, tenant, wrapper, clock } = deps;
  const nowS = () => Math.floor(clock.now() / 1000);

  /** Puts the secrets back into a page's devices. @returns `undefined` where one of them is lost */
  const addSecrets = async (ref: TaskRef, { header, plan, wanted, secretRows }: PageItems, devices: readonly Device[]) => {
    if (wanted.length === 0) return devices;
    if (wrapper === undefined || header.dataKey === undefined) return undefined;
    const { positions } = plan;
    const names = new Map(positions.map((position, index) => [position, devices[index]?.deviceName ?? '']));
    const secrets = await openSecrets({ tenant, ref, header, wrapper, nowS: nowS() }, wanted, secretRows, names);
    if (secrets === undefined) {
      deps.reportFault('stored-secret-unreadable', new Error('a secret row is missing, moved, tampered with or its key is lost'));
      return undefined;
    }
    return devices.map((device, index) => {
      const secret = secrets.get(positions[index] ?? -1);
      return secret === undefined ? device : withSecret(device, secret);
    });
  };

  const readPage = async (ref: TaskRef, query: PageQuery, withSecrets: boolean): Promise<PageLookup> => {
    const items = await readPageItems(table, taskKey(tenant, ref), query, withSecrets, nowS);
    if (items === undefined) return { kind: 'absent' };
    const { header, plan } = items;
    const absent = { kind: 'absent', fetchId: header.fetchId } as const;
    const rows = parseRows(items.rows, header, nowS());
    const devices = plan.positions.flatMap((position) => rows.get(rowKey(position)) ?? []);
    if (devices.length !== plan.positions.length) return absent;
    const whole = await addSecrets(ref, items, devices);
    if (whole === undefined) return absent;
    const page = { devices: whole, totalItems: plan.totalItems, totalPages: plan.totalPages, expiresAtS: header.expiresAt };
    return { kind: 'found', page };
  };

  const save = async (ref: TaskRef, devices: readonly Device[], knownEndS?: number): Promise<StoredTask> => {
    const pk = taskKey(tenant, ref);
    const now = nowS();
    const deadlineMs = clock.now() + WRITE_TIME_MS;
    const endsAtS = knownEndS ?? parseCreation(await table.get(pk, CREATION, true), now)?.expiresAtS;
    const expiresAtS = Math.min(now + MAX_LIFE_S, endsAtS ?? Infinity);
    const frame = { pk, fetchId: randomUUID(), expiresAtS };
    const { header, rows } = await buildTaskItems({ tenant, ref, frame, wrapper }, devices);
    await table.putMany(rows, deadlineMs);
    if (clock.now() > deadlineMs) throw new Error('the task was not stored in time');
    await table.put(header);
    const stored = parseHeader(header, now);
    if (stored === undefined) throw new Error('the header just written cannot be read');
    return toStoredTask(stored);
  };

  return {
    keepsSecrets: wrapper !== undefined,
    readPage,
    save,
    readTask: async (ref) => {
      const items = await table.queryRange(taskKey(tenant, ref), CREATION, HEADER);
      const bySortKey = (sk: string): Item | undefined => items.find((item) => item['sk']?.S === sk);
      const header = parseHeader(bySortKey(HEADER), nowS());
      const creation = parseCreation(bySortKey(CREATION), nowS());
      return {
        ...(header === undefined ? {} : { completed: toStoredTask(header) }),
        ...(creation === undefined ? {} : { creation }),
      };
    },
    noteCreation: (ref, { createdAtS, expiresAtS, totalDevices, namesHash }) =>
      table.put({
        pk: { S: taskKey(tenant, ref) },
        sk: { S: CREATION },
        v: { N: String(SCHEMA_VERSION) },
        createdAt: { N: String(createdAtS) },
        expiresAt: { N: String(expiresAtS) },
        totalDevices: { N: String(totalDevices) },
        namesHash: { S: namesHash },
      }),
  };
}
