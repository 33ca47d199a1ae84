import { AppError } from '../errors.ts';
import type { TaskRef } from './device.ts';
import type { ReportFault, ResultStore, TaskSource } from './ports.ts';

export interface ExplainNotFoundDeps {
  readonly source: TaskSource;
  readonly store: ResultStore;
  readonly reportFault: ReportFault;
}

/**
 * The same source, but its `task-not-found` says if the task was created through another of the vendor's APIs, which may
 * know it still. Without its creation to be read, it says what it said.
 */
export function explainNotFound({ source, store, reportFault }: ExplainNotFoundDeps): TaskSource {
  const findApi = async (ref: TaskRef): Promise<string | undefined> => {
    try {
      return (await store.readTask(ref)).creation?.api;
    } catch (error) {
      reportFault('cache-read-failed', error);
      return undefined;
    }
  };
  const explain = async (ref: TaskRef, error: unknown): Promise<never> => {
    if (!(error instanceof AppError) || error.code !== 'task-not-found') throw error;
    const createdThrough = await findApi(ref);
    if (createdThrough === undefined || createdThrough === source.api) throw error;
    const detail = `The task was created through the vendor's API ${createdThrough}; API ${source.api}, which is called now, does not know it.`;
    throw new AppError(error.code, detail, error.options);
  };
  return {
    ...source,
    readStatus: (ref, context) => source.readStatus(ref, context).catch((error: unknown) => explain(ref, error)),
    readDevices: (ref, context) => source.readDevices(ref, context).catch((error: unknown) => explain(ref, error)),
  };
}
