import { randomBytes } from 'node:crypto';
import { createApi3 } from './api3/createApi3.ts';
import { createCallLog, type CallLog } from './createCallLog.ts';
import { createQueryApi } from './queryV2/createQueryApi.ts';
import type { KeyType } from './register/createDeviceIssuer.ts';
import type { ProductRegister } from './register/createProductRegister.ts';
import type { Mishaps } from './mishaps.ts';
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
  /** Default: none. */
  readonly mishaps?: Partial<Mishaps>;
  /** In [0, 1), for the share of mishaps; default `Math.random`. */
  readonly random?: () => number;
  readonly products?: readonly EmulatedProduct[];
  readonly tasks?: readonly EmulatedTask[];
}

/** The register may be changed while the emulator runs; its calls are logged. */
export interface Emulator
  extends Pick<CallLog, 'calls' | 'countCalls' | 'clearCalls'>,
    Pick<ProductRegister, 'addProduct' | 'addDevice' | 'findDevice'>,
    Pick<TaskRegister, 'addTask' | 'deleteTask'>,
    Pick<ApiServer, 'close'> {
  /** Of the query API: `http://127.0.0.1:PORT/v2/index.php` */
  readonly endpoint: string;
  /** Of API 3.0, over the same products and tasks: `http://127.0.0.1:PORT/` */
  readonly api3Endpoint: string;
  readonly mishaps: Mishaps;
}

/**
 * Starts an emulator of the vendor's module `iotcloud` on 127.0.0.1. It reads the vendor's rules on its own and shares
 * no code with `lib/`, so that one misreading cannot pass on both sides. Nothing is printed.
 * @throws the system's error if the port is taken
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { secretId, secretKey, token, region = 'gz', api3Region = 'ap-guangzhou', now = Date.now, skewToleranceS = 300, port = 0, random = Math.random } = options;
  const newTaskId = () => randomBytes(8).toString('hex');
  const mishaps: Mishaps = { lostAnswers: 0, creationDelayMs: 0, ...options.mishaps };
  const creationDelayMs = () => mishaps.creationDelayMs;
  const register = createRegister({ pendingMs: 1000, runningMs: 2000, products: [], tasks: [], ...options, now, newTaskId, creationDelayMs });
  const { record, ...log } = createCallLog();
  const isAnswerLost = (action: string) => action === 'CreateMultiDevice' && random() < mishaps.lostAnswers;
  const rules = { secretId, secretKey, token, skewToleranceS, now };
  const queryApi = createQueryApi(register, { ...rules, region }, record, isAnswerLost);
  const api3 = createApi3(register, { ...rules, region: api3Region }, record, isAnswerLost);
  const { origin, close } = await startServer(port, [queryApi, api3], now);
  const { addProduct, addDevice, findDevice } = register.products;
  const { addTask, deleteTask } = register.tasks;
  const endpoints = { endpoint: `${origin}${queryApi.path}`, api3Endpoint: `${origin}${api3.path}` };
  return { ...endpoints, ...log, mishaps, addProduct, addDevice, findDevice, addTask, deleteTask, close };
}
