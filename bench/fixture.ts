import { CHUNK_SIZE } from '../lib/store/chunks.ts';
import { createDeviceIssuer } from '../offline/emulator/register/createDeviceIssuer.ts';
import type { EmulatedProduct, EmulatedDevice, EmulatedTask } from '../offline/emulator/register/entities.ts';

const CERTIFICATES: EmulatedProduct = { productId: 'CERT000001', encryption: 'certificate' };
const PSKS: EmulatedProduct = { productId: 'PSK0000001', encryption: 'psk' };
export const products = [CERTIFICATES, PSKS];

/** A pool; the devices of a chunk have keys of their own, as real ones do, since equal ones would compress to nothing. */
async function makeKeys(product: EmulatedProduct) {
  const issue = createDeviceIssuer(Date.now, { keyType: 'rsa-2048' });
  return Promise.all(Array.from({ length: CHUNK_SIZE }, (_, index) => issue(product.encryption, product.productId, `pool-${index}`)));
}

function makeTask(product: EmulatedProduct, taskId: string, size: number, keys: readonly object[]): EmulatedTask {
  const devices = Array.from({ length: size }, (_, index): EmulatedDevice => {
    const deviceName = `device-${String(index).padStart(3, '0')}`;
    return index % 25 === 24 ? { deviceName, result: 2001 } : { deviceName, result: 0, ...keys[index % keys.length] };
  });
  return { productId: product.productId, taskId, devices };
}

/** Sizes of the tasks that are read cold. */
export const COLD_SIZES = [20, 100] as const;

export const coldTaskId = (size: number, index: number) => `cold${size}-${index}`;

/** Tasks of RSA-2048 certificates and of PSKs, of 20 and of 100 devices, and of either size many to be read cold once each. */
export async function makeTasks(coldTasks: number): Promise<EmulatedTask[]> {
  const [certificateKeys, pskKeys] = await Promise.all([makeKeys(CERTIFICATES), makeKeys(PSKS)]);
  return [
    makeTask(CERTIFICATES, 'cert20', 20, certificateKeys),
    makeTask(CERTIFICATES, 'cert100', 100, certificateKeys),
    makeTask(PSKS, 'psk20', 20, pskKeys),
    makeTask(PSKS, 'psk100', 100, pskKeys),
    ...COLD_SIZES.flatMap((size) =>
      Array.from({ length: coldTasks }, (_, index) => makeTask(CERTIFICATES, coldTaskId(size, index), size, certificateKeys)),
    ),
  ];
}

// As long as real ones are: they stand in the audit line.
const claims = {
  iss: 'https://login.example.com/realms/plant/',
  sub: '7d0f9c3e-51a4-4c7e-9f0a-3b8f5b1f2c6d',
  client_id: 'provisioning-station-7',
  scope: 'devices:read devices:credentials',
};

/** An API Gateway event for the results of a task. */
export function resultsEvent(productId: string, taskId: string, query: string, headers: Readonly<Record<string, string>> = {}) {
  const rawPath = `/v1/products/${productId}/device-tasks/${taskId}/devices`;
  return {
    version: '2.0',
    routeKey: 'GET /v1/products/{productId}/device-tasks/{taskId}/devices',
    rawPath,
    rawQueryString: query,
    headers,
    requestContext: { authorizer: { jwt: { claims } }, http: { method: 'GET', path: rawPath }, stage: '$default' },
    pathParameters: { productId, taskId },
    isBase64Encoded: false,
  };
}
