import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../lib/http/httpResponse.ts';
import { packageStage } from '../../../scripts/package.ts';
import { loadEvent, makeEvent, toReply, type EventOptions, type Reply } from '../../support/apiGatewayEvent.ts';
import { runBundle, startOperationLog } from '../../support/bareNode.ts';
import { emulatorKey } from '../../support/emulatorClient.ts';
import { startFakeKms, startFakeSecretsManager } from '../../support/fakeAws.ts';
import { readPackage, testPackageDir, unzip, type PackagedStage } from '../../support/packagedTemplate.ts';
import { fullClaims, startStack, type Stack } from '../../support/stack.ts';

const dir = testPackageDir('bundles');
let pack: PackagedStage;
let stack: Stack;
let operations: Awaited<ReturnType<typeof startOperationLog>>;
let unpacked: string;

beforeAll(async () => {
  stack = await startStack();
  operations = await startOperationLog(stack.testTable.place.endpoint);
  await packageStage('dev', dir);
  pack = readPackage(dir);
  unpacked = await mkdtemp(join(tmpdir(), 'unpacked-'));
  for (const { name } of pack.zips)
    for (const [file, bytes] of unzip(join(dir, name))) {
      const path = join(unpacked, name.replace('.zip', ''), file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
}, 300_000);
afterAll(async () => {
  operations.close();
  await stack.close();
  await Promise.all([dir, unpacked].map((path) => rm(path, { recursive: true, force: true })));
});

let accounts = 0;
function makeEnvironment(): Record<string, string> {
  accounts += 1;
  return {
    NODE_OPTIONS: '--enable-source-maps',
    STAGE: 'test',
    LOG_LEVEL: 'DEBUG',
    IOTCLOUD_ENDPOINT: stack.emulator.endpoint,
    IOTCLOUD_ACCOUNT: `bundle-${accounts}`,
    TENCENTCLOUD_SECRET_ID: emulatorKey.secretId,
    TENCENTCLOUD_SECRET_KEY: emulatorKey.secretKey,
    TASK_TABLE: stack.testTable.tableName,
    DYNAMODB_ENDPOINT: operations.endpoint,
    CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64'),
  };
}

/** Events to the bundle of one function, in a directory that holds what its zip held and nothing else. */
async function run(name: string, events: readonly unknown[], env: Record<string, string>) {
  const cwd = join(unpacked, name);
  return runBundle<HttpResponse>(join(cwd, 'dist', `${name}.js`), cwd, events, env);
}

const asCaller = (options: EventOptions): EventOptions => ({ claims: fullClaims, ...options });
const asNobody = (options: EventOptions): EventOptions => ({ ...options, claims: undefined });

/** Without what differs between two runs: ids, the second a lifetime was computed in, and a tag that follows from it. */
function comparable({ status, headers, text: body }: Pick<Reply, 'status' | 'headers' | 'text'>) {
  const { 'x-request-id': id, traceparent, etag, ...others } = headers;
  expect([typeof id, typeof traceparent]).toEqual(['string', 'string']);
  const steady = (text: string) =>
    text
      .replaceAll(/ttl=\d+/g, 'ttl=…')
      .replaceAll(/"(createdAt|expiresAt|requestId)":"[^"]*"/g, '"$1":"…"')
      .replaceAll(/"taskId":"(?!abcdedf123456789)[^"]*"/g, '"taskId":"…"')
      .replaceAll(/(device-tasks\/)(?!abcdedf123456789)[\w-]+$/g, '$1…');
  const tag = body.includes('"expiresAt"') ? typeof etag : etag;
  return { status, body: steady(body), etag: tag, headers: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, steady(value)])) };
}

async function expectAnswersOfSources(name: string, requests: readonly EventOptions[]) {
  const source = stack.open();
  const fromSources = [];
  for (const { path = '', ...options } of requests) fromSources.push(await source.send(path, options));
  operations.take();
  const { results, output } = await run(name, requests.map(makeEvent), makeEnvironment());
  expect(results.map((result) => comparable(toReply(result)))).toEqual(fromSources.map(comparable));
  for (const line of output.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ service: 'iotcloud-rest' });
  return results;
}

interface Statement {
  readonly Action: string | readonly string[];
}
/** What the function's role lets it ask of the table. */
function allowedOperations(name: string): string[] {
  const role = pack.propertiesOf(`${name[0]?.toUpperCase()}${name.slice(1)}Role`) as { Policies: { PolicyDocument: { Statement: Statement[] } }[] };
  const actions = role.Policies.flatMap((policy) => policy.PolicyDocument.Statement.flatMap((statement) => statement.Action));
  return actions.flat().filter((action) => action.startsWith('dynamodb:'));
}
function expectOperationsAllowed(name: string, wanted: readonly string[]) {
  const used = operations.take();
  expect(used).toEqual(expect.arrayContaining([...wanted]));
  expect(used.filter((operation) => !allowedOperations(name).includes(operation))).toEqual([]);
}

const tasks = '/v1/products/ABCED12345/device-tasks';
const seedTask = `${tasks}/abcdedf123456789`;

describe('the bundles, unpacked in an empty directory and run by a bare Node', () => {
  it('are importable with an empty environment', async () => {
    const names = pack.zips.map(({ name }) => name.replace('.zip', ''));
    expect(names).toContain('getDeviceResults');
    const runs = await Promise.all(names.map((name) => run(name, [], {})));
    expect(runs.map(({ output }) => output)).toEqual(names.map(() => ''));
  });

  it('read results as the sources do: cold, stored, filtered, with credentials, revalidated, refused', async () => {
    const path = `${seedTask}/devices`;
    const [first] = await expectAnswersOfSources('getDeviceResults', [
      asCaller({ path }),
      asCaller({ path }),
      asCaller({ path, query: 'include=credentials' }),
      asCaller({ path, query: 'status=failed&pageSize=1' }),
      asCaller({ path, query: 'page=0&colour=blue' }),
      asCaller({ path: `${tasks}/unknowntask/devices` }),
      asNobody({ path }),
      asCaller({ path, claims: { ...fullClaims, products: ['OTHER'] } }),
    ]);
    expect(first?.statusCode).toBe(200);
    expectOperationsAllowed('getDeviceResults', ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:PutItem']);
    const etag = String(first?.headers['etag']);
    const [again] = await expectAnswersOfSources('getDeviceResults', [asCaller({ path, headers: { 'if-none-match': etag } })]);
    expect(again?.statusCode).toBe(304);
  });

  it('read scattered rows of a filtered page within what their role allows', async () => {
    const env = makeEnvironment();
    const path = '/v1/products/BATCH12345/device-tasks/batch100devices1/devices';
    const page = () => makeEvent(asCaller({ path, query: 'status=failed&include=credentials' }));
    await run('getDeviceResults', [page()], env);
    operations.take();
    const { results } = await run('getDeviceResults', [page()], env);
    expect(results[0]?.headers['cache-status']).toContain('hit');
    expectOperationsAllowed('getDeviceResults', ['dynamodb:BatchGetItem']);
  });

  it('reach KMS and Secrets Manager by the files beside the bundle', async () => {
    const [kms, secrets] = await Promise.all([startFakeKms(), startFakeSecretsManager(emulatorKey)]);
    const { TENCENTCLOUD_SECRET_ID: _id, TENCENTCLOUD_SECRET_KEY: _key, CREDENTIALS_LOCAL_KEY: _local, ...env } = makeEnvironment();
    const page = () => makeEvent(asCaller({ path: `${seedTask}/devices`, query: 'include=credentials' }));
    const { results } = await run('getDeviceResults', [page(), page()], {
      ...env,
      TENCENTCLOUD_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:vendor-AbCdEf',
      CREDENTIALS_KEY_ARN: 'arn:aws:kms:us-east-1:111122223333:key/example',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'role',
      AWS_SECRET_ACCESS_KEY: 'role',
      AWS_ENDPOINT_URL_KMS: kms.origin,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.origin,
    });
    expect(results.map(({ headers }) => headers['cache-status']?.split(';').slice(0, 2).join(';'))).toEqual(['iotcloud-rest; fwd=miss', 'iotcloud-rest; hit']);
    expect(results[1]?.body).toContain('PRIVATE KEY');
    expect([secrets.targets, kms.targets]).toEqual([['GetSecretValue'], ['GenerateDataKey', 'Decrypt']]);
    await Promise.all([kms.close(), secrets.close()]);
  });

  it('follow a task as the sources do', async () => {
    const [cold, warm] = await expectAnswersOfSources('getDeviceTask', [asCaller({ path: seedTask }), asCaller({ path: seedTask }), asNobody({ path: seedTask })]);
    expect([cold?.headers['cache-status'], warm?.headers['cache-status']]).toEqual([
      'iotcloud-rest; fwd=miss; stored',
      expect.stringMatching(/^iotcloud-rest; hit/),
    ]);
    expectOperationsAllowed('getDeviceTask', ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:PutItem']);
  });

  const creation = (body: string) =>
    asCaller({ path: tasks, method: 'POST', body, headers: { 'content-type': 'application/json', 'idempotency-key': 'k' } });

  it('list what was created, and read one device of it', async () => {
    const env = makeEnvironment();
    await run('createDeviceTask', [makeEvent(creation('{"deviceNames":["one"]}'))], env);
    operations.take();
    const { results } = await run('listDeviceTasks', [makeEvent(asCaller({ path: tasks }))], env);
    expect(JSON.parse(results[0]?.body ?? '')).toMatchObject({ tasks: [{ totalDevices: 1 }] });
    expectOperationsAllowed('listDeviceTasks', ['dynamodb:BatchGetItem', 'dynamodb:Query']);
    const device = `${seedTask}/devices/test_device1`;
    await expectAnswersOfSources('getTaskDevice', [asCaller({ path: device }), asCaller({ path: device, query: 'include=credentials' }), asCaller({ path: `${device}0` })]);
    expectOperationsAllowed('getTaskDevice', ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:PutItem']);
  });

  it('create a batch once as the sources do', async () => {
    const [first] = await expectAnswersOfSources('createDeviceTask', [
      creation('{"deviceNames":["one","two"]}'),
      creation('{"deviceNames":["one","two"]}'),
      creation('{"deviceNames":["three"]}'),
      creation('{"deviceNames":[]}'),
    ]);
    expect(first?.statusCode).toBe(202);
    expectOperationsAllowed('createDeviceTask', ['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem']);
    const refused = makeEvent({ ...creation('{"deviceNames":["one"]}'), path: '/v1/products/NOSUCHPRODUCT/device-tasks' });
    await run('createDeviceTask', [refused], makeEnvironment());
    expectOperationsAllowed('createDeviceTask', ['dynamodb:DeleteItem']);
  });

  it('tell their health and refuse unknown paths as the sources do, without any configuration', async () => {
    const source = stack.open({ STAGE: 'dev' });
    const paths = { getHealth: ['GET /v1/health'], fallback: ['GET /nowhere', 'DELETE /v1/health'] };
    for (const [name, requests] of Object.entries(paths)) {
      const options = requests.map((request) => ({ method: request.split(' ')[0] ?? '', path: request.split(' ')[1] ?? '' }));
      const { results } = await run(name, options.map((option) => makeEvent(option)), {});
      const fromSources = await Promise.all(options.map(({ path, ...option }) => source.send(path, option)));
      expect(results.map((result) => comparable(toReply(result)))).toEqual(fromSources.map(comparable));
    }
  });

  it.each([
    ['getDeviceResults', 'getDeviceResults', 200],
    ['createDeviceTaskInBase64', 'createDeviceTask', 403], // its token reads only
    ['getDeviceTaskOnCustomDomain', 'getDeviceTask', 200],
    ['getHealth', 'getHealth', 200],
    ['unknownPath', 'fallback', 404],
  ])('answer the recorded event %s as the sources do', async (event, name, status) => {
    const { results } = await run(name, [loadEvent(event)], makeEnvironment());
    const fromSource = await stack.open().handle(name, loadEvent(event));
    expect(fromSource.status).toBe(status);
    expect(results.map((result) => comparable(toReply(result)))).toEqual([comparable(fromSource)]);
  });

  it('show the document and the page as the sources do, packed or not', async () => {
    await expectAnswersOfSources('getOpenApi', [asNobody({ path: '/openapi.json' }), asNobody({ path: '/openapi.json', headers: { 'if-none-match': '*' } })]);
    const [packed, plain] = await expectAnswersOfSources('getDocs', [
      asNobody({ path: '/docs', headers: { 'accept-encoding': 'gzip, br' } }),
      asNobody({ path: '/docs' }),
      asNobody({ path: '/docs', query: 'a=1' }),
    ]);
    expect([packed?.headers['content-encoding'], plain?.headers['content-encoding']]).toEqual(['br', undefined]);
    expect(plain?.body).toMatch(/^<!doctype html>/i);
  });

  it('say in one line which variable is missing, to the log and not to the client', async () => {
    const { results, output } = await run('getDeviceResults', [makeEvent(asCaller({ path: `${seedTask}/devices` }))], {});
    expect(results[0]?.statusCode).toBe(500);
    expect(results[0]?.body).not.toContain('TENCENTCLOUD');
    expect(JSON.parse(output)).toMatchObject({ level: 'ERROR', code: 'internal-error', variable: expect.stringMatching(/^(TASK_TABLE|TENCENTCLOUD_SECRET_ID)$/) });
  });

  it('trace a fault of their own back to the sources', async () => {
    const env = { ...makeEnvironment(), TASK_TABLE: '' };
    const { output } = await run('getDeviceResults', [makeEvent(asCaller({ path: `${seedTask}/devices` }))], env);
    const { errorFrames } = JSON.parse(output) as { errorFrames: string[] };
    expect(errorFrames[0]).toMatch(/lib\/environment\.ts:\d+/);
  });
});
