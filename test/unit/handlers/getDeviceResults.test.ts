import { describe, expect, it, vi } from 'vitest';
import { handle } from '../../../handlers/getDeviceResults.ts';
import { getDeviceResults } from '../../../lib/functions/getDeviceResults.ts';
import type { Device } from '../../../lib/deviceTasks/device.ts';
import { cutPage, type ReadResults } from '../../../lib/deviceTasks/readResults.ts';
import { createHandler } from '../../../lib/http/createHandler.ts';
import { createSecret } from '../../../lib/secret.ts';
import { invoke, loadEvent, makeEvent } from '../../support/apiGatewayEvent.ts';
import { createApi, createCountingStore, createPieces, fullClaims } from '../../support/stack.ts';

const path = '/v1/products/ABCED12345/device-tasks/abcdedf123456789/devices';
const PRIVATE_KEY = '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n';

const devices: Device[] = [
  {
    deviceName: 'test_device1',
    status: 'created',
    credentials: { type: 'certificate', certificate: 'CERT\n…', privateKey: createSecret(PRIVATE_KEY) },
  },
  { deviceName: 'sensor-7', status: 'created', credentials: { type: 'psk', psk: createSecret('s/GiL8XZ7f/bWvQIuKjMoQ==') } },
  { deviceName: 'bare', status: 'created' },
  { deviceName: 'test_device2', status: 'failed', error: { code: 'device-name-exists', legacyCode: 2001 } },
];

function setUp(all: readonly Device[] = devices) {
  const lines: string[] = [];
  const readResults = vi.fn<ReadResults>((_ref, query, withSecrets) => Promise.resolve(cutPage(all, query, withSecrets)));
  const pieces = createPieces({ ...createCountingStore(), write: (line) => lines.push(line) });
  const container = { ...pieces, services: () => ({ ...pieces.services(), readResults }) };
  const auditLines = () => lines.filter((line) => line.includes('credentials-read')).map((line) => JSON.parse(line) as unknown);
  return { ...createApi(container), readResults, lines, auditLines, handler: createHandler(getDeviceResults, handle, () => container) };
}

describe('getDeviceResults', () => {
  it('asks for the first 20 devices, of any status and without secrets, unless told otherwise', async () => {
    const { send, readResults } = setUp();
    await send(path);
    expect(readResults.mock.calls[0]?.slice(0, 3)).toEqual([
      { productId: 'ABCED12345', taskId: 'abcdedf123456789' },
      { page: 1, pageSize: 20 },
      false,
    ]);
  });

  it('hands on what is asked for', async () => {
    const { send, readResults } = setUp();
    await send(path, { query: 'include=credentials&status=failed&pageSize=100&page=2147483647' });
    expect(readResults.mock.calls[0]?.slice(1, 3)).toEqual([{ page: 2_147_483_647, pageSize: 100, status: 'failed' }, true]);
  });

  it.each([
    ['page=0', 'page', 'must be a whole number from 1 to 2147483647'],
    ['page=2147483648', 'page', 'must be a whole number from 1 to 2147483647'],
    ['pageSize=0', 'pageSize', 'must be a whole number from 1 to 100'],
    ['pageSize=101', 'pageSize', 'must be a whole number from 1 to 100'],
    ['pageSize=', 'pageSize', 'must be a whole number from 1 to 100'],
    ['status=pending', 'status', 'must be created or failed'],
    ['include=', 'include', 'must be credentials'],
    ['include=credentials,devices', 'include', 'must be credentials'],
    ['pagesize=10', 'pagesize', 'is not a parameter of this path'],
    ['page=1&page=1', 'page', 'is given more than once'],
  ])('refuses %s', async (query, name, detail) => {
    const { send, readResults } = setUp();
    const reply = await send(path, { query });
    expect(reply.status).toBe(400);
    expect(reply.json?.['errors']).toEqual([{ in: 'query', name, detail }]);
    expect(readResults).not.toHaveBeenCalled();
  });

  it('shows devices as the contract does, secrets left out', async () => {
    const reply = await setUp().send(path);
    expect(reply.text).toBe(
      JSON.stringify({
        productId: 'ABCED12345',
        taskId: 'abcdedf123456789',
        page: 1,
        pageSize: 20,
        totalItems: 4,
        totalPages: 1,
        devices: [
          { deviceName: 'test_device1', status: 'created', credentials: { type: 'certificate', certificate: 'CERT\n…' } },
          { deviceName: 'sensor-7', status: 'created', credentials: { type: 'psk' } },
          { deviceName: 'bare', status: 'created' },
          {
            deviceName: 'test_device2',
            status: 'failed',
            error: { code: 'device-name-exists', legacyCode: 2001, message: 'A device with this name already exists.' },
          },
        ],
      }),
    );
    expect(reply.headers).toMatchObject({ 'cache-control': 'private, no-cache', etag: expect.any(String) });
  });

  it('shows secrets byte for byte to who asks for them, and lets nobody keep them', async () => {
    const reply = await setUp().send(path, { query: 'include=credentials', headers: { 'if-none-match': '*' } });
    expect(reply.json?.['devices']).toMatchObject([{ credentials: { privateKey: PRIVATE_KEY } }, { credentials: { psk: 's/GiL8XZ7f/bWvQIuKjMoQ==' } }, {}, {}]);
    expect(reply).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(reply.headers).not.toHaveProperty('etag');
  });

  it('wants a scope of its own for secrets', async () => {
    const { send, readResults } = setUp();
    const reply = await send(path, { query: 'include=credentials', claims: { ...fullClaims, scope: 'devices:read' } });
    expect(reply).toMatchObject({ status: 403, json: { code: 'forbidden' }, headers: { 'cache-control': 'no-store' } });
    expect(reply.headers['www-authenticate']).toBe(
      'Bearer realm="iotcloud-rest", error="insufficient_scope", scope="devices:credentials"',
    );
    expect((await send(path, { query: 'include=credentials', claims: { ...fullClaims, scope: 'devices:credentials' } })).status).toBe(403);
    expect(readResults).not.toHaveBeenCalled();
  });

  it('links the pages around it', async () => {
    const { link } = (await setUp().send(path, { query: 'pageSize=1&page=2' })).headers;
    expect(link).toBe(
      [
        `<${path}?pageSize=1&page=1>; rel="first"`,
        `<${path}?pageSize=1&page=1>; rel="prev"`,
        `<${path}?pageSize=1&page=3>; rel="next"`,
        `<${path}?pageSize=1&page=4>; rel="last"`,
      ].join(', '),
    );
  });

  it('has no links if the filter leaves nothing', async () => {
    const reply = await setUp(devices.slice(0, 1)).send(path, { query: 'status=failed' });
    expect(reply.json).toMatchObject({ totalItems: 0, totalPages: 0, devices: [] });
    expect(reply.headers).not.toHaveProperty('link');
  });

  it('takes an event as API Gateway sends it', async () => {
    expect((await invoke(setUp().handler, loadEvent('getDeviceResults'))).json).toMatchObject({ totalItems: 4 });
    expect((await invoke(setUp().handler, makeEvent({ path }))).status).toBe(401);
  });
});

describe('the audit line', () => {
  it('says who read how many secrets of which task, and none of the secrets', async () => {
    const { send, auditLines, lines } = setUp();
    const reply = await send(path, { query: 'include=credentials' });
    expect(auditLines()).toEqual([
      {
        level: 'INFO',
        timestamp: expect.any(String),
        service: 'iotcloud-rest',
        stage: 'test',
        api: 'v2',
        event: 'credentials-read',
        requestId: reply.headers['x-request-id'],
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        iss: 'https://issuer.test/',
        sub: 'tester',
        client: 'test-client',
        productId: 'ABCED12345',
        taskId: 'abcdedf123456789',
        devices: 2,
      },
    ]);
    expect(lines.join()).not.toMatch(/PRIVATE KEY|s\/GiL8/);
  });

  it('counts the secrets of the page, not of the task', async () => {
    const { send, auditLines } = setUp();
    await send(path, { query: 'include=credentials&pageSize=1&page=2' });
    expect(auditLines()).toMatchObject([{ devices: 1 }]);
  });

  it('stands for no answer without secrets', async () => {
    const { send, auditLines } = setUp();
    await send(path);
    await send(path, { query: 'include=credentials&status=failed' });
    await send(path, { query: 'include=credentials', claims: { ...fullClaims, scope: 'devices:read' } });
    expect(auditLines()).toEqual([]);
  });
});
