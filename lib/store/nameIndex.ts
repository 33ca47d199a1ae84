import { createHash } from 'node:crypto';

// Another name of a hundred has the same three bytes once in 170,000 tasks, and then costs a chunk more.
const HASH_BYTES = 3;

const hashName = (deviceName: string) => createHash('sha256').update(deviceName).digest().subarray(0, HASH_BYTES);

const standsAt = (index: Uint8Array, position: number, hash: Buffer) =>
  hash.equals(index.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES));

/** Three bytes a device, in order, by which its position is found without reading the chunks. */
export function makeNameIndex(deviceNames: readonly string[]): Buffer {
  return Buffer.concat(deviceNames.map(hashName));
}

/** Whether a device of this name can be at this position. */
export function canBeAt(index: Uint8Array, position: number, deviceName: string): boolean {
  return standsAt(index, position, hashName(deviceName));
}

/** Where a device of this name can be: mostly one position or none; the chunks there tell. */
export function findPositions(index: Uint8Array, deviceName: string): number[] {
  const wanted = hashName(deviceName);
  const positions = Array.from({ length: index.length / HASH_BYTES }, (_, position) => position);
  return positions.filter((position) => standsAt(index, position, wanted));
}
