import QcloudApi from 'qcloudapi-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSeed } from '../../offline/emulator/createSeed.ts';
import { startEmulator, type Emulator } from '../../offline/emulator/startEmulator.ts';
import { emulatorKey } from '../support/emulatorClient.ts';

const query = { Action: 'GetMultiDevices', productID: 'ABCED12345', taskID: 'abcdedf123456789', pageNum: 1, pageSize: 10 };

let emulator: Emulator;
let lastNonce = 0;

interface ClientOptions {
  method: 'GET' | 'POST';
  signatureMethod: 'sha1' | 'sha256';
  SecretKey?: string;
}

// The SDK draws nonces from 0 to 65535, and 0 is none: the test gives its own, so that no run fails by chance.
function send(data: Record<string, unknown>, { SecretKey = emulatorKey.secretKey, ...options }: ClientOptions) {
  const { host, pathname } = new URL(emulator.endpoint);
  const client = new QcloudApi({ SecretId: emulatorKey.secretId, SecretKey, Region: 'gz', path: pathname, protocol: 'http' });
  lastNonce += 1;
  return new Promise<unknown>((resolve, reject) => {
    client.request({ Nonce: lastNonce, ...data }, { ...options, host, SecretKey }, (error, body) =>
      error === null ? resolve(body) : reject(error),
    );
  });
}

const variants: ClientOptions[] = (['GET', 'POST'] as const).flatMap((method) =>
  (['sha1', 'sha256'] as const).map((signatureMethod) => ({ method, signatureMethod })),
);

beforeAll(async () => {
  emulator = await startEmulator({ ...emulatorKey, ...(await createSeed()) });
});
afterAll(() => emulator.close());

describe('qcloudapi-sdk against the emulator', () => {
  it.each(variants)('reads a task over $method, signed with $signatureMethod', async (options) => {
    expect(await send(query, options)).toMatchObject({
      code: 0,
      codeDesc: 'Success',
      totalDevNum: 2,
      listCreateDeviceInfo: [{ deviceName: 'test_device1', result: 0 }, { deviceName: 'test_device2', result: 2001 }],
    });
    expect(emulator.calls.at(-1)?.params['SignatureMethod']).toBe(
      options.signatureMethod === 'sha256' ? 'HmacSHA256' : undefined,
    );
  });

  it.each(variants)('creates devices from an array over $method, signed with $signatureMethod', async (options) => {
    const listDeviceName = Array.from({ length: 12 }, (_, i) => `${options.method}:${options.signatureMethod}_${i}`);
    const created = await send({ Action: 'CreateMultiDevice', productID: 'PSK1234567', listDeviceName }, options);
    expect(created).toMatchObject({ code: 0, taskID: expect.any(String) });
  });

  it.each(variants)('is refused a wrong key over $method, signed with $signatureMethod', async (options) => {
    expect(await send(query, { ...options, SecretKey: 'wrong-key' })).toMatchObject({ code: 4100 });
  });

  it.each(variants)('is refused a second use of a nonce over $method, signed with $signatureMethod', async (options) => {
    const once = { ...query, Nonce: 1_000_000 + lastNonce, Timestamp: Math.floor(Date.now() / 1000) };
    expect([await send(once, options), await send(once, options)]).toMatchObject([{ code: 0 }, { code: 4500 }]);
  });
});
