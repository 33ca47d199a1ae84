import type { Clock } from '../clock.ts';
import type { ReadTaskList } from '../deviceTasks/ports.ts';
import { HEADER, taskKey } from './keys.ts';
import { readList } from './lists.ts';
import { parseHeader, toStoredTask } from './storedItems.ts';
import type { TableClient } from './tableClient.ts';

export interface TaskListDeps {
  readonly table: TableClient;
  readonly account: string;
  readonly clock: Clock;
}

/** The tasks of a product, a page in two requests: a Query of the list, then the headers of those whose results are stored. */
export function createReadTaskList({ table, account, clock }: TaskListDeps): ReadTaskList {
  return async (productId, query) => {
    const nowS = Math.floor(clock.now() / 1000);
    const page = await readList(table, { account, kind: 'device-tasks', productId }, query, nowS);
    if (page === undefined) return undefined;
    const { entries, ...rest } = page;
    const keyOf = (taskId: string) => taskKey(account, { productId, taskId });
    const items = await table.getMany(entries.map(({ id }) => ({ pk: keyOf(id), sk: HEADER })));
    const headers = new Map(items.map((item) => [item['pk']?.S, parseHeader(item, nowS)]));
    const tasks = entries.map(({ id: taskId, createdAtMs, expiresAtS, totalDevices }) => {
      const header = headers.get(keyOf(taskId));
      const created = { taskId, totalDevices, createdAtS: Math.floor(createdAtMs / 1000), expiresAtS };
      return header === undefined ? created : { ...created, completed: toStoredTask(header) };
    });
    return { tasks, ...rest };
  };
}
