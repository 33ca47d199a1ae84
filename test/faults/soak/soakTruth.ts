import { createEmulatorClient } from '../../support/emulatorClient.ts';
import { queryV2Api } from '../../support/queryV2Api.ts';

/** A device as the vendor holds it. */
export interface WireDevice {
  readonly deviceName: string;
  readonly result: number;
  readonly deviceCert?: string;
  readonly devicePrivateKey?: string;
  readonly devicePsk?: string;
}

export interface KnownTask {
  readonly productId: string;
  readonly taskId: string;
  /** Names it was created with, where the soak created it. */
  readonly names?: readonly string[];
  /** As the vendor holds them; unknown until it is completed. */
  devices?: readonly WireDevice[];
  /** When that was known, in milliseconds of `performance.now`. */
  knownAtMs?: number;
}

// Longer than a read with all its attempts takes here.
const JOINED_MS = 3000;

export const seedTasks: readonly KnownTask[] = [
  { productId: 'ABCED12345', taskId: 'abcdedf123456789' },
  { productId: 'PSK1234567', taskId: 'pskdedf123456789' },
  { productId: 'BATCH12345', taskId: 'batch100devices1' },
];

const { actions } = queryV2Api;

/**
 * What the vendor really holds, asked past the proxy and past all code of the service: over the query API, whichever the
 * service calls, since the emulator has one register for both.
 */
export function createTruth(endpoint: string) {
  const client = createEmulatorClient(endpoint, Date.now);
  const ask = (action: string, { productId, taskId }: KnownTask, more: Record<string, string> = {}) =>
    client.call(action, { productID: productId, taskID: taskId, ...more });
  return {
    isCompleted: async (task: KnownTask) => (await ask(actions.status, task))['taskStatus'] === 2,
    /**
     * Loads a task's devices once it is completed.
     * @returns whether it has been completed for a while: a call that joins another one's gets what that one asked for
     */
    load: async (task: KnownTask): Promise<boolean> => {
      if (task.knownAtMs !== undefined) return performance.now() - task.knownAtMs > JOINED_MS;
      const reply = await ask(actions.results, task, { pageNum: '1', pageSize: '250' });
      if (reply.code !== 0) return false;
      task.devices = reply['listCreateDeviceInfo'] as WireDevice[]; // the emulator's own form
      task.knownAtMs = performance.now();
      return false;
    },
  };
}


export const secretOf = (device: WireDevice) => device.devicePrivateKey ?? device.devicePsk;

/** How a secret stands in JSON. */
const inJson = (secret: string) => JSON.stringify(secret).slice(1, -1);

/** Whether a text holds a secret of any of these devices. */
export function holdsSecret(text: string, devices: readonly WireDevice[]): boolean {
  return devices.some((device) => {
    const secret = secretOf(device);
    return secret !== undefined && (text.includes(secret) || text.includes(inJson(secret)));
  });
}

/** A device as the contract shows it, by the soak's own reading of it; of a failed one, what can be told. */
export function showDevice(device: WireDevice, withSecrets: boolean): unknown {
  const { deviceName, result, deviceCert, devicePrivateKey, devicePsk } = device;
  if (result !== 0) return { deviceName, status: 'failed', legacyCode: result };
  if (devicePsk !== undefined) return { deviceName, status: 'created', credentials: { type: 'psk', ...(withSecrets ? { psk: devicePsk } : {}) } };
  const secret = withSecrets ? { privateKey: devicePrivateKey } : {};
  return { deviceName, status: 'created', credentials: { type: 'certificate', certificate: deviceCert, ...secret } };
}

/** The same of a device that was answered. */
export function showAnswered(device: unknown): unknown {
  const { deviceName, status, credentials, error } = device as Record<string, unknown>; // an element of `devices`
  if (status === 'failed') return { deviceName, status, legacyCode: (error as Record<string, unknown>)['legacyCode'] }; // the contract's form
  return { deviceName, status, credentials };
}
