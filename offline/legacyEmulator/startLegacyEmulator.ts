import { randomBytes } from 'node:crypto';
import { createActions } from './createActions.ts';
import { createAnswerer } from './createAnswerer.ts';
import { createCallLog } from './createCallLog.ts';
import { createDeviceIssuer } from './createDeviceIssuer.ts';
import { createGatekeeper } from './createGatekeeper.ts';
import { createProductBook } from './createProductBook.ts';
import { createTaskStore } from './createTaskStore.ts';
import type { LegacyEmulator, LegacyEmulatorOptions } from './legacyEmulator.ts';
import { readCall } from './readCall.ts';
import { startServer } from './startServer.ts';

export type {
  EmulatedCall,
  EmulatedProduct,
  KeyType,
  LegacyEmulator,
  LegacyEmulatorOptions,
  SeedDevice,
  SeedTask,
} from './legacyEmulator.ts';

function createModule(options: LegacyEmulatorOptions, now: () => number) {
  const { pendingMs = 1000, runningMs = 2000, products: seedProducts = [], tasks: seedTasks = [], keyType } = options;
  const newTaskId = (): string => randomBytes(8).toString('hex');
  const products = createProductBook(createDeviceIssuer(now, keyType === undefined ? {} : { keyType }));
  const tasks = createTaskStore({ now, pendingMs, runningMs, products, newTaskId });
  seedProducts.forEach(products.addProduct);
  seedTasks.forEach(tasks.addTask);
  return { products, tasks };
}

/**
 * Starts an emulator of the vendor's legacy query API, module `iotcloud`, on 127.0.0.1. It reads the vendor's rules
 * on its own and shares no code with `lib/`, so that one misreading cannot pass on both sides. Every answer of the
 * API is HTTP 200 with one flat JSON object, refusals too. Nothing is logged. Rejects where the port is taken.
 * Source: legacy-api.md, with what it leaves open decided in `refusal.ts`, `createGatekeeper.ts`, `createActions.ts`.
 */
export async function startLegacyEmulator(options: LegacyEmulatorOptions): Promise<LegacyEmulator> {
  const { secretId, secretKey, token, region = 'gz', now = Date.now, skewToleranceS = 300, port = 0 } = options;
  const { products, tasks } = createModule(options, now);
  const actions = createActions(products, tasks);
  const isKnownAction = (action: string): boolean => actions.has(action);
  const admit = createGatekeeper({ secretId, secretKey, token, region, skewToleranceS, now, isKnownAction });
  const answer = createAnswerer(admit, actions);
  const { record, ...log } = createCallLog();
  const server = await startServer(port, async (source) => {
    const call = readCall(source);
    const answered = await answer(call);
    record(call, answered);
    return answered.reply;
  });
  return { ...server, ...log, addProduct: products.addProduct, addTask: tasks.addTask, deleteTask: tasks.deleteTask };
}
