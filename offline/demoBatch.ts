import type { Client, DeviceBatch } from '../client/src/index.ts';
import { drawBar } from './drawBar.ts';

// They exist already, so that each fails.
const TAKEN = ['sensor-001', 'sensor-002', 'sensor-003'];
const SHOWN_FAILURES = 5;

const number = (count: number) => count.toLocaleString('en');

function showProgress({ totalDevices, pendingDevices }: DeviceBatch): void {
  const settled = totalDevices - pendingDevices;
  drawBar(settled / totalDevices, `${number(settled)} of ${number(totalDevices)}`.padEnd(20));
}

/** Creates a batch, follows it by its real counts, and shows what failed. @param count of its devices, 4 to 10,000 */
export async function runBatchDemo(client: Client, productId: string, count: number): Promise<void> {
  if (!Number.isInteger(count) || count <= TAKEN.length || count > 10_000) throw new Error('--devices must be a whole number from 4 to 10000');
  const prefix = `demo-${Date.now().toString(36)}`;
  const fresh = Array.from({ length: count - TAKEN.length }, (_, index) => `${prefix}-${String(index + 1).padStart(5, '0')}`);
  const startedMs = performance.now();
  const batch = await client.createBatch(productId, [...fresh, ...TAKEN]);
  console.log(`batch ${batch.batchId} of ${number(batch.totalDevices)} devices, kept until ${batch.expiresAt}`);
  const { createdDevices, failedDevices, unknownDevices } = await client.waitForBatch(batch, { onProgress: showProgress });
  const seconds = (performance.now() - startedMs) / 1000;
  const outcome = `${number(createdDevices)} created, ${number(failedDevices)} failed, ${number(unknownDevices)} unknown`;
  console.log(`\n${outcome} in ${seconds.toFixed(1)} s: ${Math.round(count / seconds)} devices a second`);
  let shown = 0;
  for await (const device of client.eachDevice(batch, { status: 'failed', pageSize: SHOWN_FAILURES })) {
    if (shown === SHOWN_FAILURES) return;
    shown += 1;
    if (device.status === 'failed') console.log(`${device.deviceName}: ${device.error.code}`);
  }
}
