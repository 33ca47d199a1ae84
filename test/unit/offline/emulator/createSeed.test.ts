import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSeed } from '../../../../offline/emulator/createSeed.ts';

async function findTask(taskId: string) {
  const { tasks } = await createSeed();
  const task = tasks.find((candidate) => candidate.taskId === taskId);
  if (task === undefined) throw new Error(`no task ${taskId}`);
  return task;
}

describe('createSeed', () => {
  it("holds the document's certificate sample with real keys", async () => {
    const { productId, devices } = await findTask('abcdedf123456789');
    expect(productId).toBe('ABCED12345');
    expect(devices).toEqual([
      {
        deviceName: 'test_device1',
        deviceCert: expect.any(String),
        devicePrivateKey: expect.any(String),
        result: 0,
      },
      { deviceName: 'test_device2', result: 2001 },
    ]);
    const { deviceCert = '', devicePrivateKey = '' } = devices[0] ?? {};
    const certificate = new X509Certificate(deviceCert);
    expect(certificate.checkPrivateKey(createPrivateKey(devicePrivateKey))).toBe(true);
  });

  it("holds the document's PSK sample with a real key", async () => {
    const { productId, devices } = await findTask('pskdedf123456789');
    expect(productId).toBe('PSK1234567');
    expect(devices).toEqual([
      { deviceName: 'test_device1', devicePsk: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/), result: 0 },
      { deviceName: 'test_device2', result: 2001 },
    ]);
  });

  it('holds a batch of 100 certificate devices with 7 failures of several codes', async () => {
    const { productId, devices } = await findTask('batch100devices1');
    const failures = devices.filter((device) => device.result !== 0);
    expect(productId).toBe('BATCH12345');
    expect([devices.length, devices[0]?.deviceName, devices[99]?.deviceName]).toEqual([100, 'sensor-001', 'sensor-100']);
    expect(new Set(failures.map((device) => device.result))).toEqual(new Set([2000, 2001, 2100, 2101]));
    expect(failures).toHaveLength(7);
    expect(failures.filter((device) => device.errMsg !== undefined)).toHaveLength(1);
    expect(failures.every((device) => device.devicePrivateKey === undefined)).toBe(true);
  });

  it('makes new keys at every call', async () => {
    const [one, other] = await Promise.all([findTask('abcdedf123456789'), findTask('abcdedf123456789')]);
    expect(one.devices[0]?.devicePrivateKey).not.toBe(other.devices[0]?.devicePrivateKey);
  });

  it('names a product for every task', async () => {
    const { products, tasks } = await createSeed();
    expect(products.map((product) => product.productId)).toEqual(tasks.map((task) => task.productId));
  });
});
