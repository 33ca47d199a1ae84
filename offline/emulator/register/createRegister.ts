import { createDeviceIssuer, type KeyType } from './createDeviceIssuer.ts';
import { createProductRegister, type ProductRegister } from './createProductRegister.ts';
import { createTaskRegister, type TaskLife, type TaskRegister } from './createTaskRegister.ts';
import type { EmulatedProduct, EmulatedTask } from './entities.ts';

/** Everything the emulated module knows: what every API it is asked over answers from. */
export interface Register {
  readonly products: ProductRegister;
  readonly tasks: TaskRegister;
}

export interface RegisterOptions extends TaskLife {
  /** How long after its call a creation is carried out. */
  readonly creationDelayMs: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newTaskId: () => string;
  readonly keyType?: KeyType;
  readonly products: readonly EmulatedProduct[];
  readonly tasks: readonly EmulatedTask[];
}

export function createRegister({ keyType, products: knownProducts, tasks: knownTasks, ...options }: RegisterOptions): Register {
  const products = createProductRegister(createDeviceIssuer(options.now, keyType === undefined ? {} : { keyType }), options.now);
  const tasks = createTaskRegister({ ...options, products });
  knownProducts.forEach(products.addProduct);
  knownTasks.forEach(tasks.addTask);
  return { products, tasks };
}
