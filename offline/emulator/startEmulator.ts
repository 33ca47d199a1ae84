import { randomBytes } from 'node:crypto';
import { createApi3 } from './api3/createApi3.ts';
import { createCallLog, type CallLog } from './createCallLog.ts';
import { createQueryApi } from './queryV2/createQueryApi.ts';
import type { KeyType } from './register/createDeviceIssuer.ts';
import type { ProductRegister } from './register/createProductRegister.ts';
import { createRegister } from './register/createRegister.ts';
import type { TaskLife, TaskRegister } from './register/createTaskRegister.ts';
import type { EmulatedProduct, EmulatedTask } from './register/entities.ts';
import { startServer, type ApiServer } from './startServer.ts';

export interface EmulatorOptions extends Partial<TaskLife> {
  /** The one key the emulator accepts; if `token` is set, every call must carry it. */
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
  /** Of the query API; default `gz`, the only region documented for this module. */
  readonly region?: string;
  /** Of API 3.0; default `ap-guangzhou`. */
  readonly api3Region?: string;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
  /** Largest allowed distance between a call's time and `now`, in seconds; default 300. */
  readonly skewToleranceS?: number;
  /** The keys of created certificate devices; default `ec-p256`. */
  readonly keyType?: KeyType;
  /** Default 0, any free port. The host is always 127.0.0.1. */
  readonly port?: number;
  readonly products?: readonly EmulatedProduct[];
  readonly tasks?: readonly EmulatedTask[];
}

/** The register may be changed while the emulator runs; its calls are logged. */
export interface Emulator
  extends Pick<CallLog, 'calls' | 'countCalls' | 'clearCalls'>,
    Pick<ProductRegister, 'addProduct'>,
    Pick<TaskRegister, 'addTask' | 'deleteTask'>,
    Pick<ApiServer, 'close'> {
  /** Of the query API: `http://127.0.0.1:PORT/v2/index.php` */
  readonly endpoint: string;
  /** Of API 3.0, over the same products and tasks: `http://127.0.0.1:PORT/` */
  readonly api3Endpoint: string;
}

/**
 * Starts an emulator of the vendor's module `iotcloud` on 127.0.0.1. It reads the vendor's rules on its own and shares
 * no code with `lib/`, so that one misreading cannot pass on both sides. Nothing is printed.
 * @throws the system's error if the port is taken
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { secretId, secretKey, token, region = 'gz', api3Region = 'ap-guangzhou', now = Date.now, skewToleranceS = 300, port = 0 } = options;
  const newTaskId = () => randomBytes(8).toString('hex');
  const register = createRegister({ pendingMs: 1000, runningMs: 2000, products: [], tasks: [], ...options, now, newTaskId });
  const { record, ...log } = createCallLog();
  const rules = { secretId, secretKey, token, skewToleranceS, now };
  const queryApi = createQueryApi(register, { ...rules, region }, record);
  const api3 = createApi3(register, { ...rules, region: api3Region }, record);
  const { origin, close } = await startServer(port, [queryApi, api3], now);
  const { addProduct } = register.products;
  const { addTask, deleteTask } = register.tasks;
  return { endpoint: `${origin}${queryApi.path}`, api3Endpoint: `${origin}${api3.path}`, ...log, addProduct, addTask, deleteTask, close };
}
