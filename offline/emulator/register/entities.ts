/** What the emulated module keeps, whichever API asks for it. Source: "The batch trio" in legacy-api.md. */

export interface EmulatedProduct {
  readonly productId: string;
  readonly encryption: 'certificate' | 'psk';
  readonly existingNames?: readonly string[];
}

/** Both APIs use these numbers in a device's `result`. */
export const DEVICE_CREATED = 0;
export const DEVICE_NAME_EXISTS = 2001;

/** One device of a task, under the vendor's own field names: `result` is 0 or a module code, keys are PEM or base64. */
export interface EmulatedDevice {
  readonly deviceName: string;
  readonly deviceCert?: string;
  readonly devicePrivateKey?: string;
  readonly devicePsk?: string;
  readonly result: number;
  readonly errMsg?: string;
}

/** 0 not started, 1 running, 2 done. */
export type TaskStatus = 0 | 1 | 2;

/** A task that is there from the start, or is put there by a test. */
export interface EmulatedTask {
  readonly productId: string;
  readonly taskId: string;
  readonly devices: readonly EmulatedDevice[];
  /** It stands still; default 2. */
  readonly status?: TaskStatus;
}
