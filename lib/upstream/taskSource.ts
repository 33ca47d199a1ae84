import type { TaskRef, TaskStatus } from '../deviceTasks/device.ts';
import type { TaskSource } from '../deviceTasks/ports.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import type { Outcome } from './failure.ts';
import { toAppError, type CallSubject } from './toAppError.ts';
import { toDevice } from './toDevice.ts';
import { incomplete, isAbout, readWholeList, type ListPage } from './wholeList.ts';

export interface StatusAnswer {
  /** Of the task it is about, if it says so. */
  readonly taskId: string | undefined;
  readonly status: TaskStatus;
}

/** The three calls a task needs; each of the vendor's APIs makes them in its own way. */
export interface TaskCalls {
  /** The API's name, as clients are told. */
  readonly api: string;
  readonly readStatus: (ref: TaskRef, context: RequestContext) => Promise<Outcome<StatusAnswer>>;
  /** Reads a page of `VENDOR_PAGE_SIZE` results, counted from 0. */
  readonly readPage: (ref: TaskRef, index: number, context: RequestContext) => Promise<Outcome<ListPage>>;
  /** Creates a task. Its value is the task's id. */
  readonly create: (productId: string, deviceNames: readonly string[], context: RequestContext) => Promise<Outcome<string>>;
}

function orThrow<T>(outcome: Outcome<T>, subject: CallSubject): T {
  if (outcome.ok) return outcome.value;
  throw toAppError(outcome.failure, subject);
}

/** The vendor as the source of device tasks. */
export function createTaskSource(calls: TaskCalls): TaskSource {
  return {
    api: calls.api,
    readStatus: async (ref, context) => {
      const outcome = await calls.readStatus(ref, context);
      const answer = orThrow(outcome, 'task');
      return orThrow(isAbout(ref.taskId, answer) ? { ok: true, value: answer.status } : incomplete(), 'task');
    },
    readDevices: async (ref, context) => {
      const outcome = await readWholeList(ref.taskId, (index) => calls.readPage(ref, index, context));
      return orThrow(outcome, 'task').map(toDevice);
    },
    createTask: async (productId, deviceNames, context) => orThrow(await calls.create(productId, deviceNames, context), 'creation'),
  };
}
