import { withSecret, type Device, type TaskRef } from '../deviceTasks/device.ts';
import type { Secret } from '../secret.ts';
import { CHUNK_SIZE, chunkOf, unpackDevices } from './chunks.ts';
import type { KeyWrapper } from './keyWrapper.ts';
import type { PageItems, Positions } from './pageItems.ts';
import { decryptSecrets, wrapContext } from './secretChunks.ts';

/** Secrets that were stored cannot be read any more: one of their chunks is gone, or their data key is lost. */
export class SecretsUnreadableError extends Error {
  constructor() {
    super('a chunk of secrets is missing, or its key is damaged or lost');
    this.name = 'SecretsUnreadableError';
  }
}

/** The devices at a page's positions, in order. @returns `undefined` if one is missing */
function pickDevices({ positions }: Positions, chunks: ReadonlyMap<number, readonly Device[]>): readonly Device[] | undefined {
  const devices = positions.flatMap((position) => chunks.get(chunkOf(position))?.[position % CHUNK_SIZE] ?? []);
  return devices.length === positions.length ? devices : undefined;
}

/** A page's devices without their secrets. @returns `undefined` if the page is not whole */
export function readDevices({ plan, chunks }: PageItems): readonly Device[] | undefined {
  return pickDevices(plan, new Map(chunks.map(({ chunk, devices }) => [chunk, (devices && unpackDevices(devices)) ?? []])));
}

export interface SecretsContext {
  readonly account: string;
  readonly ref: TaskRef;
  readonly wrapper: KeyWrapper;
}

/**
 * A page's devices with their secrets, for one use of the wrapping key.
 * @returns `undefined` if the page is not whole, or was stored without secrets
 * @throws SecretsUnreadableError, StoredMismatchError, KeyUnavailableError
 */
export async function readDevicesWithSecrets(context: SecretsContext, page: PageItems): Promise<readonly Device[] | undefined> {
  const { account, ref, wrapper } = context;
  const { header, plan } = page;
  if (header.dataKey === undefined || page.chunks.some(({ devices }) => devices === undefined)) return undefined;
  const chunks = page.chunks.flatMap(({ chunk, devices, secrets }) => (devices && secrets ? [{ chunk, devices, secrets }] : []));
  if (chunks.length < page.chunks.length) throw new SecretsUnreadableError();
  const dataKey = await wrapper.unwrap(header.dataKey, wrapContext(account, ref, header.fetchId));
  if (dataKey === undefined) throw new SecretsUnreadableError();
  const decrypted = chunks.map(({ chunk, devices, secrets }): [number, readonly Device[]] => {
    const found = decryptSecrets(dataKey, { account, ref, header, chunk, devices }, secrets);
    return [chunk, (unpackDevices(devices) ?? []).map((device, index) => addSecret(device, found[index]))];
  });
  return pickDevices(plan, new Map(decrypted));
}

function addSecret(device: Device, secret: Secret | undefined): Device {
  return secret === undefined ? device : withSecret(device, secret);
}
