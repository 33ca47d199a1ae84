import { randomBytes } from 'node:crypto';
import type { PageQuery } from '../../../../lib/deviceTasks/paging.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { createLocalKeyWrapper, type KeyWrapper } from '../../../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../../../lib/store/resultStore.ts';
import { pageOf } from '../../../support/pageOf.ts';
import { createMemoryTable } from './memoryTable.ts';

export const ref = { productId: 'P', taskId: 'T' };
export const account = 'main';
export const whole = { page: 1, pageSize: 100 };
export const dayMs = 24 * 60 * 60 * 1000;
export const startMs = Date.UTC(2026, 10, 24, 10);
export const startS = startMs / 1000;

const makeWrapper = () => createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));

/** A store over a table in memory, its clock in the test's hands. */
export function setUp(wrapper: KeyWrapper | undefined = makeWrapper()) {
  const table = createMemoryTable();
  const faults: string[] = [];
  let nowMs = startMs;
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const reportFault = (event: string) => void faults.push(event);
  const storeOf = (other: Partial<Parameters<typeof createResultStore>[0]>) =>
    createResultStore({ table, account, wrapper, clock, reportFault, ...other });
  return { table, faults, storeOf, store: storeOf({}), setTime: (ms: number) => void (nowMs = ms) };
}

export const readPage = (store: ReturnType<typeof createResultStore>, query: PageQuery, withSecrets: boolean, at = ref) =>
  pageOf(store.readPage(at, query, withSecrets));
