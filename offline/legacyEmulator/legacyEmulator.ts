/** What the emulator of the legacy query API takes and gives; see `startLegacyEmulator.ts`. */

export interface LegacyEmulatorOptions {
  /** The one key the emulator accepts; when `token` is set, every call must carry it. */
  secretId: string;
  secretKey: string;
  token?: string;
  /** Default `gz`, the only region documented for this module. */
  region?: string;
  /** Milliseconds since the epoch; default `Date.now`. */
  now?: () => number;
  /** Largest allowed distance between a call's Timestamp and `now`, in seconds; default 300. */
  skewToleranceS?: number;
  /** A created task has status 0 for `pendingMs`, then 1 for `runningMs`, then 2; defaults 1000 and 2000. */
  pendingMs?: number;
  runningMs?: number;
  /** The keys of created certificate devices; default `ec-p256`. */
  keyType?: KeyType;
  /** Default 0, any free port. The host is always 127.0.0.1. */
  port?: number;
  products?: readonly EmulatedProduct[];
  tasks?: readonly SeedTask[];
}

/** One HTTP request that reached the API, as it was answered. */
export interface EmulatedCall {
  /** Empty where the call named none. */
  action: string;
  httpMethod: 'GET' | 'POST';
  code: number;
  moduleCode?: number;
  /** All parameters but Signature and SecretId. */
  params: Readonly<Record<string, string>>;
}

export interface LegacyEmulator {
  /** `http://127.0.0.1:PORT/v2/index.php` */
  endpoint: string;
  /** Live, in the order of the answers. */
  calls: readonly EmulatedCall[];
  countCalls: (action?: string) => number;
  clearCalls: () => void;
  /** Adds a product, or changes the encryption of a known one; names once known stay known. */
  addProduct: (product: EmulatedProduct) => void;
  /** Adds a task whose status stands still, or replaces the one with the same `taskId`. Its month starts now. */
  addTask: (task: SeedTask) => void;
  deleteTask: (productId: string, taskId: string) => void;
  /** Ends whole: no socket is left open. */
  close: () => Promise<void>;
}

/** The vendor makes RSA keys, which take up to a second each. */
export type KeyType = 'ec-p256' | 'rsa-2048';

export interface EmulatedProduct {
  productId: string;
  encryption: 'certificate' | 'psk';
  existingNames?: readonly string[];
}

/** One device of a task, under the vendor's own field names: `result` is 0 or a module code, keys are PEM or base64. */
export interface SeedDevice {
  deviceName: string;
  deviceCert?: string;
  devicePrivateKey?: string;
  devicePsk?: string;
  result: number;
  errMsg?: string;
}

/** 0 not started, 1 running, 2 done. */
export type TaskStatus = 0 | 1 | 2;

export interface SeedTask {
  productId: string;
  taskId: string;
  devices: readonly SeedDevice[];
  /** Default 2. */
  status?: TaskStatus;
}
