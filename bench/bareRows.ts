import { randomBytes } from 'node:crypto';
import { BatchWriteItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { secretOf, withoutSecret, type Device } from '../lib/deviceTasks/device.ts';
import { TABLE } from './servers.ts';

// What the store is measured against: a task as a table without chunks keeps it, one item a device and one a secret.

export type BareRow = Record<string, AttributeValue>;

export const bareKey = (taskId: string) => `bare#${taskId}`;

const position5 = (position: number) => String(position).padStart(5, '0');
export const rowKey = (position: number) => `row#${position5(position)}`;
export const secretKey = (position: number) => `secret#${position5(position)}`;

const GCM_BYTES = 28; // IV and tag

/** The rows of a task; in place of encrypted secrets stand random bytes, as many. */
export function makeBareRows(taskId: string, devices: readonly Device[]): BareRow[] {
  const frame = { pk: { S: bareKey(taskId) }, v: { N: '1' }, fetchId: { S: crypto.randomUUID() }, expiresAt: { N: '1798106400' } };
  return devices.flatMap((device, position) => {
    const row = { ...frame, sk: { S: rowKey(position) }, device: { S: JSON.stringify(withoutSecret(device)) } };
    const secret = secretOf(device)?.reveal();
    if (secret === undefined) return [row];
    return [row, { ...frame, sk: { S: secretKey(position) }, box: { B: randomBytes(Buffer.byteLength(JSON.stringify(secret)) + GCM_BYTES) } }];
  });
}

const BATCH = 25;
const WRITES_AT_ONCE = 4;

/** Writes rows by bare requests of the SDK, four at once. */
export async function writeBareRows(client: DynamoDBClient, rows: readonly BareRow[]): Promise<void> {
  const requests = rows.map((Item) => ({ PutRequest: { Item } }));
  const writeBatches = async (first: number) => {
    for (let start = first * BATCH; start < requests.length; start += WRITES_AT_ONCE * BATCH)
      await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests.slice(start, start + BATCH) } }));
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, (_, first) => writeBatches(first)));
}
