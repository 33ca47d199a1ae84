import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Reply } from '../../support/apiGatewayEvent.ts';
import { driveSteps } from '../../support/driveSteps.ts';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy.ts';
import { fullClaims, startStack, type Stack } from '../../support/stack.ts';

const PRODUCT = '/v1/products/PSK1234567';
const BATCHES = `${PRODUCT}/device-batches`;
const TAKEN = 'test_device2';

let stack: Stack;
let table: FaultProxy;
let stage: ReturnType<Stack['open']>;
/** 250 psk devices of three parts, of which the last has one that failed. */
let location: string;
const names = [...Array.from({ length: 249 }, (_, index) => `read-${String(index).padStart(3, '0')}`), TAKEN];

// It stands still but for this, and never goes back, which the rate of the vendor's calls would have to wait for.
const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const creation = (deviceNames: readonly string[]) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ deviceNames }) });
const accept = async (deviceNames: readonly string[], path = BATCHES) => String((await stage.send(path, creation(deviceNames))).headers['location']);
const page = ({ json = {} }: Reply) => json as unknown as { devices: { deviceName: string; status: string }[]; totalItems: number; totalPages: number }; // the page's schema
const namesOf = (reply: Reply) => page(reply).devices.map(({ deviceName }) => deviceName);
const asCsv = { accept: 'text/csv' };

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  stack = await startStack();
  table = await startFaultProxy({ target: stack.testTable.place.endpoint });
  stage = stack.open({ DYNAMODB_ENDPOINT: table.origin });
  location = await accept(names);
  await driveSteps(stage, wait);
});
afterAll(async () => {
  vi.useRealTimers();
  await table.close();
  await stack.close();
});
beforeEach(async () => {
  await table.heal();
  table.clear();
  stack.emulator.clearCalls();
  stage.logLines.splice(0);
});

const operations = () => table.requests.map(({ name }) => name);

describe('a page of a completed batch', () => {
  it('is a hundred devices in the order of the request, with links, in two requests to the table and none to the vendor', async () => {
    const reply = await stage.send(`${location}/devices`);
    expect(namesOf(reply)).toEqual(names.slice(0, 100));
    expect(reply.json).toMatchObject({ productId: 'PSK1234567', batchId: location.split('/').at(-1), page: 1, pageSize: 100, totalItems: 250, totalPages: 3 });
    expect(page(reply).devices[0]).toEqual({ deviceName: names[0], status: 'created', credentials: { type: 'psk' } });
    expect(reply.headers['link']).toBe(`<${location}/devices?page=1>; rel="first", <${location}/devices?page=2>; rel="next", <${location}/devices?page=3>; rel="last"`);
    expect(reply.headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'accept, accept-encoding', etag: expect.any(String) });
    expect(reply.headers).not.toHaveProperty('cache-status');
    expect(operations()).toEqual(['Query', 'BatchGetItem']);
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('goes across parts, and has the last device of the batch on its last page', async () => {
    expect(namesOf(await stage.send(`${location}/devices`, { query: 'pageSize=90&page=2' }))).toEqual(names.slice(90, 180));
    const all = await stage.send(`${location}/devices`, { query: 'pageSize=500' });
    expect([namesOf(all), page(all).devices.at(-1)]).toEqual([names, expect.objectContaining({ status: 'failed', error: expect.objectContaining({ code: 'device-name-exists', legacyCode: 2001 }) })]);
    expect(await stage.send(`${location}/devices`, { query: 'page=4' })).toMatchObject({ status: 200, json: { totalItems: 250, totalPages: 3, devices: [] } });
  });

  it.each([
    ['failed', [TAKEN], 3],
    ['unknown', [], 1],
    ['pending', [], 1],
  ])('with the status %s counts and holds what the filter leaves', async (status, wanted, requests) => {
    const reply = await stage.send(`${location}/devices`, { query: `status=${status}` });
    expect([namesOf(reply), page(reply).totalItems, page(reply).totalPages]).toEqual([wanted, wanted.length, wanted.length]);
    expect(operations().length).toBeLessThanOrEqual(requests);
  });

  it('is revalidated by the tag of its own form and encoding', async () => {
    const path = `${location}/devices`;
    const forms = await Promise.all([{}, asCsv, { 'accept-encoding': 'gzip' }, { ...asCsv, 'accept-encoding': 'gzip' }].map((headers) => stage.send(path, { headers })));
    expect(new Set(forms.map(({ headers }) => headers['etag'])).size).toBe(4);
    for (const [index, headers] of [{}, asCsv].entries()) {
      const tag = String(forms[index]?.headers['etag']);
      const again = await stage.send(path, { headers: { ...headers, 'if-none-match': tag } });
      expect(again).toMatchObject({ status: 304, text: '', headers: { etag: tag, vary: 'accept, accept-encoding' } });
      const other = await stage.send(path, { headers: { ...headers, 'if-none-match': String(forms[1 - index]?.headers['etag']) } });
      expect(other.status).toBe(200);
    }
  });

  it('with credentials holds every key, is kept nowhere, never compressed, and audited with its count', async () => {
    const reply = await stage.send(`${location}/devices`, { query: 'include=credentials&pageSize=200&page=2', headers: { 'accept-encoding': 'gzip' } });
    expect(reply.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'accept' });
    expect([reply.headers['etag'], reply.headers['content-encoding']]).toEqual([undefined, undefined]);
    const devices = page(reply).devices as { credentials?: { psk: string } }[];
    expect(devices.filter(({ credentials }) => /^[\w+/]+={0,2}$/.test(credentials?.psk ?? ''))).toHaveLength(49);
    expect(operations()).toEqual(['Query', 'BatchGetItem']);
    const audits = stage.logLines.filter((line) => line.includes('credentials-read')).map((line) => JSON.parse(line) as object);
    expect(audits).toEqual([expect.objectContaining({ sub: 'tester', productId: 'PSK1234567', batchId: location.split('/').at(-1), devices: 49 })]);
    expect(audits[0]).not.toHaveProperty('taskId');
  });

  it.each([
    ['pageSize=0', 'pageSize'],
    ['pageSize=501', 'pageSize'],
    ['pageSize=201&include=credentials', 'pageSize'],
    ['status=gone', 'status'],
    ['page=0', 'page'],
  ])('is refused for %s by its name', async (query, name) => {
    const { status, json = {} } = await stage.send(`${location}/devices`, { query });
    expect([status, json['code'], json['errors']]).toEqual([400, 'invalid-request', [expect.objectContaining({ in: 'query', name })]]);
    expect(operations()).toEqual([]);
  });

  it('needs the scope for keys, and the product', async () => {
    const claims = { ...fullClaims, scope: 'devices:read' };
    expect((await stage.send(`${location}/devices`, { query: 'include=credentials', claims })).status).toBe(403);
    expect((await stage.send(`${location}/devices`, { claims })).status).toBe(200);
    expect((await stage.send(`${location}/devices`, { claims: { ...fullClaims, products: ['OTHER'] } })).status).toBe(403);
  });

  it.each(['Query', 'BatchGetItem'])('is 503 if the table does not take a %s', async (name) => {
    table.fail('status-500', { names: [name] });
    for (const path of [`${location}/devices`, `${location}/devices/${names[7]}`]) {
      const { status, json = {}, headers } = await stage.send(path);
      expect([status, json['code'], headers['retry-after']]).toEqual([503, 'store-unavailable', '5']);
    }
  });

  it('of a batch that there is not is not found', async () => {
    for (const path of ['devices', 'devices/a']) {
      const { status, json = {} } = await stage.send(`${BATCHES}/01a20cff-7d00-7c3e-8f2b-6d1a0e9c4b57/${path}`);
      expect([status, json['code']]).toEqual([404, 'batch-not-found']);
    }
  });
});

describe('the results as CSV', () => {
  it('are read by another parser as they are as JSON, keys too', async () => {
    const query = 'include=credentials&pageSize=200&page=2';
    const [csv, json] = [await stage.send(`${location}/devices`, { query, headers: asCsv }), await stage.send(`${location}/devices`, { query })];
    expect(csv.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8; header=present', 'cache-control': 'no-store', vary: 'accept', link: json.headers['link'] });
    const rows = parse<Record<string, string>>(csv.text, { columns: true, record_delimiter: '\r\n' });
    const devices = page(json).devices as { deviceName: string; status: string; credentials?: { psk: string }; error?: { code: string } }[];
    expect(rows.map(({ deviceName, status, psk, errorCode }) => [deviceName, status, psk, errorCode])).toEqual(
      devices.map(({ deviceName, status, credentials, error }) => [deviceName, status, credentials?.psk ?? '', error?.code ?? '']),
    );
  });

  it('quote what needs it, keep a formula from being one, and have no column of secrets unless asked', async () => {
    const odd = [
      { deviceName: 'csv-0', result: 0, deviceCert: 'line 1\r\n"quoted", line 2\n', devicePrivateKey: 'KEY' },
      { deviceName: 'csv-1', result: 2100, errMsg: '=1+1' },
    ];
    const path = await accept(['csv-0', 'csv-1']);
    await driveSteps(stage, wait, 2);
    const taskId = await taskOf(path);
    stack.emulator.addTask({ productId: 'PSK1234567', taskId, devices: odd });
    await driveSteps(stage, wait);
    const { text } = await stage.send(`${path}/devices`, { headers: asCsv });
    expect(text).toBe(
      'deviceName,status,credentialType,certificate,errorCode,legacyCode,errorMessage,legacyMessage\r\n' +
        'csv-0,created,certificate,"line 1\r\n""quoted"", line 2\n",,,,\r\n' +
        "csv-1,failed,,,vendor-internal-error,2100,The vendor failed internally; contact its support.,'=1+1\r\n",
    );
  });
});

/** The task that the first part of a batch waits for, or was stored under. */
async function taskOf(path: string): Promise<string> {
  const [, , , productId = '', , batchId = ''] = path.split('/');
  const items = await stack.scanItems();
  const part = items.find((item) => item['pk']?.S === `${stage.account}#batch#${productId}#${batchId}` && item['sk']?.S === 'part#000');
  return (JSON.parse(part?.['state']?.S ?? '{}') as { taskId: string }).taskId; // the stored form of a part
}

describe('a batch under way', () => {
  it('shows each device as far as it is, and may not be kept', async () => {
    const path = await accept(names.slice(0, 150).map((name) => `way-${name}`));
    const before = await stage.send(`${path}/devices`, { query: 'pageSize=500' });
    expect(page(before).devices.map(({ status }) => status)).toEqual(Array(150).fill('pending'));
    await driveSteps(stage, wait, 1);
    const [first, ...others] = stage.queue.take();
    await stage.queue.send(first === undefined ? [] : [first]);
    await driveSteps(stage, wait, 6);
    table.clear();
    const during = await stage.send(`${path}/devices`, { query: 'pageSize=500' });
    expect(during.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'accept, accept-encoding' });
    expect(during.headers).not.toHaveProperty('etag');
    const counts = Map.groupBy(page(during).devices, ({ status }) => status);
    expect([counts.get('created')?.length, counts.get('pending')?.length]).toEqual([100, 50]);
    expect((await stage.send(`${path}/devices`, { query: 'status=pending' })).json).toMatchObject({ totalItems: 50, totalPages: 1 });
    const one = await stage.send(`${path}/devices/way-${names[0]}`);
    expect([one.json, one.headers['etag'], one.headers['cache-control']]).toEqual([expect.objectContaining({ status: 'created' }), undefined, 'no-store']);
    await stage.queue.send(others);
    await driveSteps(stage, wait);
    expect((await stage.send(`${path}/devices`, { query: 'status=created' })).json).toMatchObject({ totalItems: 150 });
  });

  it('shows what was cancelled and what was refused, without a read of results', async () => {
    const path = await accept(['gone-0', 'gone-1']);
    await stage.send(`${path}/cancellation`, { method: 'POST' });
    table.clear();
    const error = { code: 'cancelled', message: 'The batch was cancelled before it was sent; nothing was created.' };
    expect(page(await stage.send(`${path}/devices`)).devices).toEqual(['gone-0', 'gone-1'].map((deviceName) => ({ deviceName, status: 'failed', error })));
    expect(operations()).toEqual(['Query']);
  });
});

describe('one device of a batch', () => {
  it('is the element of the page, read and audited alone, and can be revalidated without its key', async () => {
    const path = `${location}/devices/${names[120]}`;
    const reply = await stage.send(path);
    expect(reply.json).toEqual({ deviceName: names[120], status: 'created', credentials: { type: 'psk' } });
    expect(operations()).toEqual(['Query', 'BatchGetItem']);
    expect((await stage.send(path, { headers: { 'if-none-match': String(reply.headers['etag']) } })).status).toBe(304);
    const secret = await stage.send(path, { query: 'include=credentials' });
    expect(secret.json).toMatchObject({ credentials: { psk: expect.any(String) } });
    expect([secret.headers['cache-control'], secret.headers['etag']]).toEqual(['no-store', undefined]);
    const audits = stage.logLines.filter((line) => line.includes('credentials-read')).map((line) => JSON.parse(line) as object);
    expect(audits).toEqual([expect.objectContaining({ batchId: location.split('/').at(-1), deviceName: names[120], devices: 1 })]);
  });

  it.each(['READ-000', 'read-999'])('that the batch does not have is not found: %s', async (name) => {
    const { status, json = {} } = await stage.send(`${location}/devices/${name}`);
    expect([status, json['code']]).toEqual([404, 'device-not-found']);
  });
});

describe('stored results that cannot be read any more', () => {
  const removeChunk = async (path: string, sk: string) => {
    const pk = `${stage.account}#task#PSK1234567#${await taskOf(path)}`;
    await stack.testTable.client.send(new DeleteItemCommand({ TableName: stack.testTable.tableName, Key: { pk: { S: pk }, sk: { S: sk } } }));
  };

  it.each(['chunk#000', 'secrets#000', 'header'])('are fetched from the vendor, in the order of the request, and stored again: %s', async (sk) => {
    const wanted = Array.from({ length: 5 }, (_, index) => `lost-${sk.slice(0, 3)}-${5 - index}`);
    const path = await accept(wanted);
    await driveSteps(stage, wait);
    const before = await stage.send(`${path}/devices`, { query: 'include=credentials' });
    await removeChunk(path, sk);
    stack.emulator.clearCalls();
    const after = await stage.send(`${path}/devices`, { query: 'include=credentials' });
    expect([namesOf(after), after.text]).toEqual([wanted, before.text]);
    expect(after.headers).not.toHaveProperty('cache-status');
    expect(stack.emulator.calls.map(({ action }) => action)).toContain('GetMultiDevices');
    stack.emulator.clearCalls();
    expect((await stage.send(`${path}/devices`, { query: 'include=credentials' })).text).toBe(before.text);
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('are read in the order of the request though they are stored in the vendor’s', async () => {
    const wanted = Array.from({ length: 45 }, (_, index) => `order-${String(index).padStart(2, '0')}`);
    const path = await accept(wanted);
    await driveSteps(stage, wait);
    const [before, taskId] = [await stage.send(`${path}/devices`, { query: 'pageSize=10&page=3' }), await taskOf(path)];
    await stage.send(`${path}/devices`);
    await removeChunk(path, 'header');
    stack.emulator.addTask({ productId: 'PSK1234567', taskId, devices: wanted.toReversed().map((deviceName) => ({ deviceName, result: 0, devicePsk: 'a2V5' })) });
    expect((await stage.send(`${PRODUCT}/device-tasks/${taskId}/devices`)).json).toMatchObject({ devices: { 0: { deviceName: 'order-44' } } });
    stack.emulator.clearCalls();
    table.clear();
    expect((await stage.send(`${path}/devices`, { query: 'pageSize=10&page=3' })).text).toBe(before.text);
    expect([operations(), stack.emulator.countCalls()]).toEqual([['Query', 'BatchGetItem', 'BatchGetItem'], 0]);
  });

  it('are 503 if the vendor has forgotten them too', async () => {
    const path = await accept(['forgotten']);
    await driveSteps(stage, wait);
    const taskId = await taskOf(path);
    await removeChunk(path, 'chunk#000');
    stack.emulator.deleteTask('PSK1234567', taskId);
    const { status, json = {} } = await stage.send(`${path}/devices`);
    expect([status, json['code']]).toEqual([503, 'store-unavailable']);
  });
});

describe('the list of batches', () => {
  const idsOf = ({ json = {} }: Reply) => (json['batches'] as { batchId: string }[]).map(({ batchId }) => batchId); // the list's schema

  it('shows each batch once, newest first, as it stands, whoever created it, while more are created', async () => {
    const api = stack.open();
    const sendAs = (sub: string, index: number) => api.send(BATCHES, { ...creation([`list-${sub}-${index}`]), claims: { ...fullClaims, sub } });
    const created: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      for (const sub of ['ann', 'bob']) {
        created.unshift(String((await sendAs(sub, index)).json?.['batchId']));
        wait(1);
      }
    }
    await driveSteps(api, wait);
    const first = await api.send(BATCHES, { query: 'pageSize=5' });
    expect(idsOf(first)).toEqual(created.slice(0, 5));
    expect(first.json?.['batches']).toContainEqual((await api.send(`${BATCHES}/${created[0]}`)).json);
    expect(first.headers).toMatchObject({ 'cache-control': 'no-store' });
    await sendAs('ann', 9);
    const [, nextQuery = ''] = /^<[^>]+\?([^>]+)>; rel="next"$/.exec(first.headers['link'] ?? '') ?? [];
    const second = await api.send(BATCHES, { query: nextQuery });
    expect([idsOf(second), second.headers['link']]).toEqual([created.slice(5), undefined]);
  });

  it('does not show a batch that was not accepted, one that has expired, or one of another product or account', async () => {
    const api = stack.open();
    const refused = stack.open({ IOTCLOUD_ACCOUNT: api.account }, { queue: { send: () => Promise.reject(new Error('no queue')) } });
    expect((await refused.send(BATCHES, creation(['no']))).status).toBe(503);
    await api.send('/v1/products/BATCH12345/device-batches', creation(['other']));
    expect((await api.send(BATCHES)).text).toBe('{"batches":[]}');
    const accepted = await api.send(BATCHES, creation(['yes']));
    expect(idsOf(await api.send(BATCHES))).toEqual([accepted.json?.['batchId']]);
    wait(30 * 86_400_000);
    expect((await api.send(BATCHES)).text).toBe('{"batches":[]}');
  });

  it.each(['A', 'x'.repeat(300)])('refuses a cursor that is not its own', async (cursor) => {
    const { status, json = {} } = await stage.send(BATCHES, { query: `cursor=${cursor}` });
    expect([status, json['errors']]).toEqual([400, [{ in: 'query', name: 'cursor', detail: 'is not of this list' }]]);
  });

  it('is 503 with the table out of reach', async () => {
    table.fail('status-500');
    const { status, json = {} } = await stage.send(BATCHES);
    expect([status, json['code']]).toEqual([503, 'store-unavailable']);
  });
});

describe('names as CSV', () => {
  it('make the same batch as those names in JSON, under one key, sent plain or in base64', async () => {
    const api = stack.open();
    const csv = '\uFEFFnote,deviceName\r\n"a, b",csv-in-1\r\n\r\n,csv-in-2\r\n';
    const key = { 'idempotency-key': 'csv' };
    const headers = { 'content-type': 'text/csv; charset=utf-8', ...key };
    const first = await api.send(BATCHES, { method: 'POST', headers, body: csv });
    expect([first.status, first.json?.['totalDevices']]).toEqual([202, 2]);
    const encoded = await api.send(BATCHES, { method: 'POST', headers, body: Buffer.from(csv).toString('base64'), isBase64Encoded: true });
    const { headers: jsonHeaders, ...rest } = creation(['csv-in-1', 'csv-in-2']);
    const asJson = await api.send(BATCHES, { ...rest, headers: { ...jsonHeaders, ...key } });
    for (const reply of [encoded, asJson]) expect([reply.json?.['batchId'], reply.headers['idempotency-replayed']]).toEqual([first.json?.['batchId'], 'true']);
  });

  it('are refused whole, each fault with its line', async () => {
    const { status, json = {} } = await stage.send(BATCHES, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'deviceName\na\nb c\na\n' });
    expect([status, json['errors']]).toEqual([400, [expect.objectContaining({ in: 'body', line: 3 }), expect.objectContaining({ in: 'body', line: 4 })]]);
  });

  it('are one of two types that are taken', async () => {
    const { status, json = {} } = await stage.send(BATCHES, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'deviceName\na\n' });
    expect([status, json['code'], json['detail']]).toEqual([415, 'unsupported-media-type', 'Send the body as application/json or text/csv.']);
  });

  it('may be ten thousand, accepted in no more than 25 requests', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `factory-line-7-device-${String(index).padStart(5, '0')}`);
    const body = ['deviceName', ...many, ''].join('\n');
    table.clear();
    const { status, json = {}, headers } = await stage.send(BATCHES, { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
    expect([status, json['totalDevices']]).toEqual([202, 10_000]);
    expect(table.requests.length + stage.queue.lying().length).toBeLessThanOrEqual(25);
    table.clear();
    const last = await stage.send(`${headers['location']}/devices`, { query: 'page=100' });
    expect([namesOf(last), operations()]).toEqual([many.slice(-100), ['Query']]);
    await stage.send(`${headers['location']}/cancellation`, { method: 'POST' });
  });
});
