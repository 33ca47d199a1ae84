import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createBatchContainer } from '../../lib/batchContainer.ts';
import type { Environment } from '../../lib/environment.ts';
import { createApi, type Api } from './stack.ts';

/** Reads to start at the same time, by a service of that environment, which lives as long as the process. */
export interface SwarmOrder {
  readonly env: Environment;
  readonly paths: readonly string[];
}

export interface SwarmReply {
  readonly status: number;
  readonly cacheStatus: string;
  readonly text: string;
}

/** The service in a process of its own. */
export async function startServiceProcess() {
  const child = fork(fileURLToPath(import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message'); // it is ready
  return {
    /** Starts all reads at once. @returns their replies, in order */
    read: async (order: SwarmOrder): Promise<readonly SwarmReply[]> => {
      child.send(order);
      const [replies] = (await once(child, 'message')) as [readonly SwarmReply[]]; // what the child sends below
      return replies;
    },
    close: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

if (import.meta.main) {
  const apis = new Map<string, Api>();
  const open = (env: Environment): Api => {
    const name = JSON.stringify(env);
    const api = apis.get(name) ?? createApi(createBatchContainer(env));
    apis.set(name, api);
    return api;
  };
  process.on('message', ({ env, paths }: SwarmOrder) => {
    const api = open(env);
    const replies = paths.map(async (path): Promise<SwarmReply> => {
      const [target = '', query = ''] = path.split('?');
      const { status, headers, text } = await api.send(target, { query });
      return { status, cacheStatus: headers['cache-status'] ?? '', text };
    });
    void Promise.all(replies).then((all) => process.send?.(all));
  });
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}
