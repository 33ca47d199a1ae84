import { createDeviceIssuer, type IssueKeys } from './register/createDeviceIssuer.ts';
import type { EmulatedDevice, EmulatedProduct, EmulatedTask } from './register/entities.ts';

interface Seed {
  readonly products: readonly EmulatedProduct[];
  readonly tasks: readonly EmulatedTask[];
}

const BATCH_SIZE = 100;
const BATCH_FAILURES: ReadonlyMap<number, Omit<EmulatedDevice, 'deviceName'>> = new Map([
  [7, { result: 2000 }],
  [19, { result: 2001 }],
  [33, { result: 2101 }],
  [48, { result: 2100, errMsg: '内部服务器错误，请联系技术人员' }],
  [62, { result: 2001 }],
  [77, { result: 2101 }],
  [91, { result: 2000 }],
]);

async function createSample(product: EmulatedProduct, taskId: string, issueKeys: IssueKeys): Promise<EmulatedTask> {
  const { productId, encryption } = product;
  const keys = await issueKeys(encryption, productId, 'test_device1');
  const devices = [
    { deviceName: 'test_device1', ...keys, result: 0 },
    { deviceName: 'test_device2', result: 2001 },
  ];
  return { productId, taskId, devices };
}

async function createBatch(product: EmulatedProduct, taskId: string, issueKeys: IssueKeys): Promise<EmulatedTask> {
  const { productId, encryption } = product;
  const createDevice = async (_: unknown, index: number): Promise<EmulatedDevice> => {
    const deviceName = `sensor-${String(index + 1).padStart(3, '0')}`;
    const failure = BATCH_FAILURES.get(index + 1);
    if (failure !== undefined) return { deviceName, ...failure };
    return { deviceName, ...(await issueKeys(encryption, productId, deviceName)), result: 0 };
  };
  const devices = await Promise.all(Array.from({ length: BATCH_SIZE }, createDevice));
  return { productId, taskId, devices };
}

/**
 * The two samples of the vendor's document (seed-GetMultiDevices.md) and a batch of 100 certificate devices, 7 of
 * them failed. The keys are real and new at every call, so none is ever committed.
 */
export async function createSeed(): Promise<Seed> {
  const issueKeys = createDeviceIssuer(Date.now);
  const certificates: EmulatedProduct = {
    productId: 'ABCED12345',
    encryption: 'certificate',
    existingNames: ['test_device2'],
  };
  const psks: EmulatedProduct = { productId: 'PSK1234567', encryption: 'psk', existingNames: ['test_device2'] };
  const batch: EmulatedProduct = {
    productId: 'BATCH12345',
    encryption: 'certificate',
    existingNames: ['sensor-019', 'sensor-062'],
  };
  const tasks = await Promise.all([
    createSample(certificates, 'abcdedf123456789', issueKeys),
    createSample(psks, 'pskdedf123456789', issueKeys),
    createBatch(batch, 'batch100devices1', issueKeys),
  ]);
  return { products: [certificates, psks, batch], tasks };
}
