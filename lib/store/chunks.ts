import * as z from 'zod/mini';
import { deviceErrorMessages, withoutSecret, type Device, type DeviceErrorCode } from '../deviceTasks/device.ts';
import { packJson, unpackJson } from './packing.ts';

/** Devices a chunk holds: a page of the default size is one chunk. */
export const CHUNK_SIZE = 20;

/** Chunk numbers are three digits wide; more devices than that are never stored. */
export const MAX_STORED_DEVICES = 10_000;

export const chunkOf = (position: number) => Math.floor(position / CHUNK_SIZE);

/** Devices in the order given, 20 a chunk; no devices are one empty chunk, so that something is there to be bound to. */
export function splitIntoChunks(devices: readonly Device[]): (readonly Device[])[] {
  const count = Math.max(1, Math.ceil(devices.length / CHUNK_SIZE));
  return Array.from({ length: count }, (_, chunk) => devices.slice(chunk * CHUNK_SIZE, (chunk + 1) * CHUNK_SIZE));
}

const deviceErrorCodes = Object.keys(deviceErrorMessages) as [DeviceErrorCode, ...DeviceErrorCode[]]; // keys of a literal

// A device without its secret. An unknown member is ignored, so that the versions of a deployment can read each other's.
const storedDevice = z.discriminatedUnion('status', [
  z.object({
    deviceName: z.string(),
    status: z.literal('created'),
    credentials: z.exactOptional(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('certificate'), certificate: z.exactOptional(z.string()) }),
        z.object({ type: z.literal('psk') }),
      ]),
    ),
  }),
  z.object({
    deviceName: z.string(),
    status: z.literal('failed'),
    error: z.object({
      code: z.enum(deviceErrorCodes),
      legacyCode: z.int(),
      legacyMessage: z.exactOptional(z.string()),
    }),
  }),
]);
const storedDevices = z.array(storedDevice).check(z.maxLength(CHUNK_SIZE));

/** A chunk's devices as they are stored in clear: without their secrets. @throws if they are too large to be stored */
export function packDevices(devices: readonly Device[]): Buffer {
  return packJson(devices.map(withoutSecret));
}

/** @returns the devices of a chunk without their secrets, or `undefined` if it cannot be read */
export function unpackDevices(packed: Uint8Array): readonly Device[] | undefined {
  return storedDevices.safeParse(unpackJson(packed)).data;
}
