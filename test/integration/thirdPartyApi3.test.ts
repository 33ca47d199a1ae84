import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { CommonClient } from 'tencentcloud-sdk-nodejs-common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canonicalHeaders, canonicalRequest, dateOf, deriveKey, stringToSign } from '../../lib/upstream/api3/signature.ts';
import { createSeed } from '../../offline/emulator/createSeed.ts';
import { startEmulator, type Emulator } from '../../offline/emulator/startEmulator.ts';
import { emulatorKey } from '../support/emulatorClient.ts';

const VERSION = '2018-06-14';
const sample = { ProductId: 'ABCED12345', TaskId: 'abcdedf123456789' };

/** The vendor's own client, which signs the host without its port. */
function createClient(origin: string, secretKey = emulatorKey.secretKey): CommonClient {
  return new CommonClient(new URL(origin).host, VERSION, {
    credential: { secretId: emulatorKey.secretId, secretKey },
    region: 'ap-guangzhou',
    profile: { httpProfile: { endpoint: new URL(origin).host, protocol: 'http://' } },
  });
}

describe("the vendor's own client against the emulator", () => {
  let emulator: Emulator;
  let client: CommonClient;

  beforeAll(async () => {
    emulator = await startEmulator({ ...emulatorKey, pendingMs: 0, runningMs: 0, ...(await createSeed()) });
    client = createClient(emulator.api3Endpoint);
  });
  afterAll(() => emulator.close());

  it('creates, follows and reads', async () => {
    const created: unknown = await client.request('CreateMultiDevice', { ProductId: 'PSK1234567', DeviceNames: ['api3-1', 'test_device2'] });
    const { TaskId } = created as { TaskId: string }; // the vendor's client knows no types of this action
    const followed: unknown = await client.request('DescribeMultiDevTask', { ProductId: 'PSK1234567', TaskId });
    expect(followed).toMatchObject({ TaskId, TaskStatus: 2 });
    const read: unknown = await client.request('DescribeMultiDevices', { ProductId: 'PSK1234567', TaskId, Offset: 0, Limit: 10 });
    expect(read).toMatchObject({
      TotalDevNum: 2,
      DevicesInfo: [
        { DeviceName: 'api3-1', Result: 0, DevicePsk: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/), DeviceCert: '' },
        { DeviceName: 'test_device2', Result: 2001, DevicePsk: '' },
      ],
    });
  });

  it('looks single devices up, and fetches a private key once', async () => {
    const certificate = { ProductId: 'ABCED12345', DeviceName: 'single-1' };
    const startS = Math.floor(Date.now() / 1000);
    await client.request('CreateMultiDevice', { ProductId: 'ABCED12345', DeviceNames: ['single-1'] });
    const lookUp = (ProductID: string, DeviceName: string): Promise<unknown> => client.request('DescribeDevice', { ProductID, DeviceName });
    const found = await lookUp('ABCED12345', 'single-1');
    expect(found).toMatchObject({ DeviceCert: expect.stringContaining('BEGIN CERTIFICATE'), DevicePsk: '', CertState: 0, Online: 0 });
    expect(Math.abs((found as { CreateTime: number }).CreateTime - startS)).toBeLessThan(60);
    expect(await client.request('DescribeDeviceClientKey', certificate)).toMatchObject({ ClientKey: expect.stringContaining('BEGIN PRIVATE KEY') });
    expect(await lookUp('ABCED12345', 'single-1')).toMatchObject({ CertState: 1 });
    await expect(client.request('DescribeDeviceClientKey', certificate)).rejects.toMatchObject({ code: 'UnsupportedOperation.ClientCertAlreadyGot' });
    expect(await lookUp('PSK1234567', 'test_device2')).toMatchObject({ DeviceCert: '', DevicePsk: expect.stringMatching(/==$/) });
    const psk = { ProductId: 'PSK1234567', DeviceName: 'test_device2' };
    await expect(client.request('DescribeDeviceClientKey', psk)).rejects.toMatchObject({ code: 'UnsupportedOperation.WrongProductAuthType' });
  });

  it.each([
    ['DescribeDevice', { ProductID: 'ABCED12345', DeviceName: 'nobody' }, 'ResourceNotFound.DeviceNotExist'],
    ['DescribeDevice', { ProductID: 'NOSUCH', DeviceName: 'test_device2' }, 'ResourceNotFound.ProductNotExist'],
    ['DescribeDevice', { ProductId: 'ABCED12345', DeviceName: 'test_device2' }, 'UnknownParameter'],
    ['DescribeMultiDevices', { ...sample, Offset: 0, Limit: 9 }, 'InvalidParameterValue'],
    ['DescribeMultiDevices', { ...sample, Offset: 0, Limit: 251 }, 'InvalidParameterValue'],
    ['DescribeMultiDevices', { ...sample, Offset: 0, Limit: '10' }, 'InvalidParameter'],
    ['DescribeMultiDevices', { ...sample, Offset: 0, Limit: 10, More: 1 }, 'UnknownParameter'],
    ['DescribeMultiDevices', { ...sample, Offset: 0 }, 'MissingParameter'],
    ['DescribeMultiDevTask', { ...sample, TaskId: 'nosuchtask' }, 'ResourceNotFound.TaskNotExist'],
    ['DescribeMultiDevTask', { ...sample, ProductId: 'PSK1234567' }, 'FailedOperation.TaskIDNotMatch'],
    ['CreateMultiDevice', { ProductId: 'NOSUCH', DeviceNames: ['a'] }, 'ResourceNotFound.ProductNotExist'],
    ['CreateMultiDevice', { ProductId: 'PSK1234567', DeviceNames: ['a', 'a'] }, 'InvalidParameterValue'],
    ['DescribeDevices', sample, 'InvalidAction'],
  ])('is refused %s %j', async (action, params, code) => {
    await expect(client.request(action, params)).rejects.toMatchObject({ code });
  });

  it('is refused a wrong key', async () => {
    const wrong = createClient(emulator.api3Endpoint, 'wrong-key');
    await expect(wrong.request('DescribeMultiDevTask', sample)).rejects.toMatchObject({ code: 'AuthFailure.SignatureFailure' });
  });

  it('is refused a time that is more than five minutes off', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 302_000 });
    const { api3Endpoint, close } = await startEmulator({ ...emulatorKey, now: () => Date.now() + 302_000, ...(await createSeed()) });
    try {
      await expect(createClient(api3Endpoint).request('DescribeMultiDevTask', sample)).rejects.toMatchObject({ code: 'AuthFailure.SignatureExpire' });
    } finally {
      vi.useRealTimers();
      await close();
    }
  });
});

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('our signature', () => {
  it("is the one the vendor's own client makes, for any body", async () => {
    let received: Received | undefined;
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      received = { headers: request.headers, body: await text(request) };
      response.setHeader('content-type', 'application/json').end('{"Response":{"RequestId":"1"}}');
    };
    const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // a TCP server has one
    const client = createClient(`http://127.0.0.1:${port}`);
    const params = fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z]{0,9}$/), fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.array(fc.string())));
    try {
      await fc.assert(
        fc.asyncProperty(params, async (body) => {
          await client.request('DescribeMultiDevices', body);
          const { headers, body: payload } = received ?? { headers: {}, body: '' };
          const [, date = '', service = '', names = '', signature] =
            /Credential=[^/]+\/([^/]+)\/([^/]+)\/tc3_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(headers.authorization ?? '') ?? [];
          const signed = Object.fromEntries(names.split(';').map((name) => [name, name === 'host' ? '127.0.0.1' : String(headers[name])]));
          const timestampS = Number(headers['x-tc-timestamp']);
          const request = canonicalRequest('POST', '', canonicalHeaders(signed), payload);
          const key = deriveKey(emulatorKey.secretKey, { date, service });
          expect(date).toBe(dateOf(timestampS));
          expect(createHmac('sha256', key).update(stringToSign(timestampS, { date, service }, request)).digest('hex')).toBe(signature);
        }),
        { numRuns: 50 },
      );
    } finally {
      server.close();
    }
  });
});
