import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Environment } from '../../../lib/environment.ts';
import { createBatchContainer } from '../../../lib/batchContainer.ts';
import { handle } from '../../../handlers/getDeviceResults.ts';
import { getDeviceResults } from '../../../lib/functions/getDeviceResults.ts';
import { createHandler } from '../../../lib/http/createHandler.ts';
import { invoke, makeEvent } from '../../support/apiGatewayEvent.ts';
import { captureOutput } from '../../support/captureOutput.ts';
import { refuse, startScriptedUpstream, succeed, type ScriptedAnswer } from '../../support/scriptedUpstream.ts';
import { createApi, fullClaims } from '../../support/stack.ts';
import { startTestTable } from '../../support/testTable.ts';

const hex = () => randomBytes(12).toString('hex');

// What no log may hold; made anew for each run.
const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const canaries = {
  secretId: `AKID${hex()}`,
  secretKey: `vendor-key-${hex()}`,
  vendorToken: `vendor-token-${hex()}`,
  localKey: randomBytes(32).toString('base64'),
  bearer: `${hex()}.${hex()}.${hex()}`,
  privateKey: pem.split('\n')[1] ?? '',
  psk: randomBytes(16).toString('base64'),
  vendorText: `vendor-text-${hex()}`,
};

const devices = [
  { deviceName: 'a', deviceCert: 'CERT', devicePrivateKey: pem, result: 0 },
  { deviceName: 'b', devicePsk: canaries.psk, result: 0 },
  { deviceName: 'c', result: 2100, errMsg: canaries.vendorText },
];
const goodAnswers: Record<string, ScriptedAnswer> = {
  GetCreateMultiDevTask: succeed({ taskStatus: 2 }),
  GetMultiDevices: succeed({ totalDevNum: devices.length, listCreateDeviceInfo: devices }),
  CreateMultiDevice: succeed({ taskID: 'created' }),
};

let answerAll: ScriptedAnswer | undefined;
let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
let testTable: Awaited<ReturnType<typeof startTestTable>>;
beforeAll(async () => {
  upstream = await startScriptedUpstream({
    otherwise: ({ params }) => answerAll ?? goodAnswers[params['Action'] ?? ''] ?? refuse(6100),
  });
  testTable = await startTestTable();
});
afterAll(async () => {
  await upstream.close();
  await testTable.close();
});

let output = '';
beforeEach(() => {
  [output, answerAll] = ['', undefined];
  vi.spyOn(Math, 'random').mockReturnValue(0); // no pause between attempts
  captureOutput((text) => void (output += text));
});

let accounts = 0;

function makeEnvironment(): Environment {
  accounts += 1;
  return {
    STAGE: 'test',
    LOG_LEVEL: 'DEBUG',
    IOTCLOUD_ENDPOINT: upstream.endpoint,
    IOTCLOUD_ACCOUNT: `account-${accounts}`,
    IOTCLOUD_TIMEOUT_MS: '200',
    TENCENTCLOUD_SECRET_ID: canaries.secretId,
    TENCENTCLOUD_SECRET_KEY: canaries.secretKey,
    TENCENTCLOUD_TOKEN: canaries.vendorToken,
    TASK_TABLE: testTable.tableName,
    DYNAMODB_ENDPOINT: testTable.place.endpoint,
    CREDENTIALS_LOCAL_KEY: canaries.localKey,
  };
}

/** Sends one request of every kind to every route, and gives all that was answered. */
async function sendAll(env: Environment): Promise<string> {
  const { send } = createApi(createBatchContainer(env));
  const product = '/v1/products/P/device-tasks';
  const headers = { authorization: `Bearer ${canaries.bearer}` };
  const body = '{"deviceNames":["a"]}';
  const requests: [string, Parameters<typeof send>[1]][] = [
    [`${product}/T/devices`, { query: 'include=credentials' }],
    [`${product}/T/devices`, {}],
    [`${product}/T/devices/a`, { query: 'include=credentials' }],
    [`${product}/T/devices/${canaries.bearer}`, {}],
    [product, { query: `cursor=${canaries.bearer}` }],
    [product, {}],
    [`${product}/T`, {}],
    [product, { method: 'POST', body, headers: { ...headers, 'idempotency-key': 'key' } }],
    [product, { method: 'POST', body, headers: { ...headers, 'idempotency-key': 'key' } }],
    [product, { method: 'POST', body: `{"deviceNames":["${canaries.psk}"],"${canaries.bearer}":1}` }],
    [product, { method: 'POST', body: `{${canaries.bearer}` }],
    [`${product}/T/devices`, { query: `access_token=${canaries.bearer}&page=${canaries.bearer}` }],
    [`${product}/${canaries.bearer}/devices`, {}],
    [`${product}/T/devices`, { claims: undefined }],
    [`${product}/T/devices`, { claims: { ...fullClaims, scope: canaries.bearer } }],
    [`/${canaries.bearer}`, {}],
    ['/v1/health', { method: 'PUT', body: canaries.bearer }],
    ['/v1/health', {}],
  ];
  const replies: string[] = [];
  for (const [path, options] of requests) replies.push((await send(path, { headers, ...options })).text);
  return replies.join('\n');
}

function expectClean(): void {
  const signatures = upstream.requests.map(({ params }) => params['Signature'] ?? '');
  expect(signatures.length).toBeGreaterThan(0);
  for (const secret of [...Object.values(canaries), ...signatures]) {
    expect(secret.length).toBeGreaterThan(15);
    expect(output.includes(secret)).toBe(false);
    expect(output.includes(encodeURIComponent(secret))).toBe(false);
  }
  expect(output).not.toMatch(/PRIVATE KEY|Bearer|Signature=/);
}

const events = () => output.split('\n').flatMap((line) => (line.startsWith('{') ? [(JSON.parse(line) as { event: string }).event] : []));

it('tells no secret if all goes well', async () => {
  const env = makeEnvironment();
  const cold = await sendAll(env);
  const stored = await sendAll(env);
  // The secrets did come along here, in the answers.
  for (const answers of [cold, stored]) expect(answers).toContain(canaries.privateKey);
  expect(cold).toContain(canaries.psk);
  expect(events().filter((event) => event === 'request')).toHaveLength(36);
  expect(events().filter((event) => event === 'credentials-read')).toHaveLength(4);
  expectClean();
});

it.each<[string, ScriptedAnswer]>([
  ...[4000, 4100, 4104, 4400, 4500, 5000, 5100, 6000, 6200, 7777].map((code): [string, ScriptedAnswer] => [
    `refuses with ${code}`,
    refuse(code, `（${code === 5000 ? 2006 : 9999}）${canaries.vendorText} ${canaries.secretKey}`, canaries.vendorText.slice(0, 8)),
  ]),
  ['sends keys in no JSON', { kind: 'reply', body: `${pem}${canaries.psk}` }],
  ['sends keys in the wrong shape', succeed({ taskStatus: canaries.psk, listCreateDeviceInfo: pem })],
  ['sends keys with an error page', { kind: 'reply', status: 500, body: `${canaries.psk}${canaries.secretKey}` }],
  ['redirects with a token', { kind: 'reply', status: 302, headers: { location: `http://127.0.0.1/?t=${canaries.bearer}` } }],
  ['breaks off', { kind: 'truncated', body: JSON.stringify(devices) }],
  ['resets', { kind: 'reset-after-request' }],
])('tells no secret if the vendor %s', async (_what, answer) => {
  answerAll = answer;
  const replies = await sendAll(makeEnvironment());
  expect(events().filter((event) => event === 'request')).toHaveLength(18);
  for (const secret of [canaries.secretKey, canaries.vendorText, canaries.privateKey]) expect(replies).not.toContain(secret);
  expectClean();
});

it('tells no secret if the table is out of reach', async () => {
  await sendAll({ ...makeEnvironment(), TASK_TABLE: 'no-such-table' });
  expect(events()).toEqual(expect.arrayContaining(['cache-read-failed', 'idempotency-unavailable']));
  expectClean();
});

it('tells no secret if a stored one cannot be opened', async () => {
  const env = makeEnvironment();
  await sendAll(env);
  await sendAll({ ...env, CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64') });
  expect(events()).toContain('stored-secret-unreadable');
  expectClean();
});

it('tells no secret if what is stored makes no sense', async () => {
  const env = makeEnvironment();
  await sendAll(env);
  const pk = `${env['IOTCLOUD_ACCOUNT']}#task#P#T`;
  const Item = { pk: { S: pk }, sk: { S: 'header' }, v: { N: '1' }, statuses: { S: canaries.psk }, expiresAt: { S: canaries.psk } };
  await testTable.client.send(new PutItemCommand({ TableName: testTable.tableName, Item }));
  await sendAll(env);
  expectClean();
});

it.each<[string, string]>([
  ['TENCENTCLOUD_SECRET_KEY', `${canaries.secretKey} with a blank`],
  ['TENCENTCLOUD_TOKEN', `${canaries.vendorToken}ü`],
  ['CREDENTIALS_LOCAL_KEY', `${canaries.localKey}x`],
  ['TENCENTCLOUD_SECRET_ID', `${canaries.secretId} `],
  ['IOTCLOUD_ENDPOINT', `https://user:${canaries.secretKey}@vendor.test/`],
  ['TASK_TABLE', ''],
])('names %s if it is wrong, and not its value', async (variable, value) => {
  const env = { ...makeEnvironment(), [variable]: value };
  // As a deployed function: the container is built on an event, and its failure is that event's.
  const handler = createHandler(getDeviceResults, handle, () => createBatchContainer(env));
  const reply = await invoke(handler, makeEvent({ path: '/v1/products/P/device-tasks/T/devices', claims: fullClaims }));
  expect(reply).toMatchObject({ status: 500, json: { code: 'internal-error' } });
  expect(reply.text).not.toContain(variable);
  const line = output.split('\n').find((one) => one.startsWith('{')) ?? '';
  expect(JSON.parse(line)).toMatchObject({ level: 'ERROR', errorName: 'ConfigError', variable });
  for (const secret of Object.values(canaries)) expect(output.includes(secret)).toBe(false);
});
