import { createBaseContainer, once, type BaseContainer } from './baseContainer.ts';
import { readServiceConfig } from './config.ts';
import { createCreateTask, type CreateTask } from './deviceTasks/createTask.ts';
import { createFollowTask, type FollowTask } from './deviceTasks/followTask.ts';
import type { TaskListPage } from './deviceTasks/ports.ts';
import { createReadList, type ReadList } from './deviceTasks/readList.ts';
import { createReadDevice, createReadResults, type ReadDevice, type ReadResults } from './deviceTasks/readResults.ts';
import type { Environment } from './environment.ts';
import { createParts, type Parts, type Replacements } from './containerParts.ts';
import { createIdempotencyStore } from './store/idempotencyStore.ts';
import { createReadTaskList } from './store/taskList.ts';

/** The use cases of tasks, wired. Those of batches are wired in `batchContainer.ts`: no function of tasks carries them. */
export interface Services {
  readonly readResults: ReadResults;
  readonly readDevice: ReadDevice;
  readonly followTask: FollowTask;
  readonly createTask: CreateTask;
  readonly listTasks: ReadList<TaskListPage>;
}

/** @typeParam Wired the use cases that are in it */
export interface Container<Wired = Services> extends BaseContainer {
  /** Built on first use: a health check needs neither table nor vendor. @throws ConfigError */
  readonly services: () => Wired;
}

export function createServices(parts: Parts, replaced: Replacements): Services {
  const { table, account, clock, reportFault } = parts;
  const idempotency = replaced.idempotency ?? createIdempotencyStore({ table, account, clock });
  const deps = { ...parts, idempotency, now: clock.now };
  return {
    readResults: createReadResults(deps),
    readDevice: createReadDevice(deps),
    followTask: createFollowTask(deps),
    createTask: createCreateTask(deps),
    listTasks: createReadList(replaced.taskList ?? createReadTaskList({ table, account, clock }), reportFault),
  };
}

/** A container whose use cases are wired when they are first asked for. @param env the process's own if left out */
export function openContainer<Wired>(env: Environment | undefined, replaced: Replacements, wire: (parts: Parts) => Wired): Container<Wired> {
  const base = createBaseContainer(env, replaced.write);
  return { ...base, services: once(() => wire(createParts(readServiceConfig(env), base.logger, replaced))) };
}

/** The composition root of tasks. @param env the process's own if left out. @throws ConfigError naming the variable */
export function createContainer(env?: Environment, replaced: Replacements = {}): Container {
  return openContainer(env, replaced, (parts) => createServices(parts, replaced));
}

/** The process's container, built on the first event. */
export const getContainer = once(() => createContainer());
