import { createHash, createHmac } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDynamoDbCaller, type CallLimits } from '../../../lib/store/dynamoDbCaller.ts';
import { emulatorPlace } from '../../../lib/config.ts';
import { createSecret } from '../../../lib/secret.ts';
import { freePort } from '../../support/freePort.ts';
import { answerJson, startScriptedTable, type ScriptedTable, type TableRequest, type TableScript } from '../../support/scriptedTable.ts';
import { startTestTable } from '../../support/testTable.ts';

const LIMITS: CallLimits = { attemptMs: 10_000, maxPauseMs: 50, requestsAtOnce: 4 };
const get = { TableName: 'tasks', Key: { pk: { S: 'p' }, sk: { S: 's' } }, ConsistentRead: true };

const tables: ScriptedTable[] = [];
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0)); // no pause between attempts
afterEach(() => {
  for (const table of tables.splice(0)) table.close();
});

async function connect(script: TableScript, limits: Partial<CallLimits> = {}) {
  const table = await startScriptedTable(script);
  tables.push(table);
  const call = createDynamoDbCaller(emulatorPlace(table.endpoint), { ...LIMITS, ...limits });
  return { read: () => call('GetItem', get), requests: table.requests };
}

const answerOk: TableScript = (response) => answerJson(response, 200, { Item: { pk: { S: 'p' } } });
const refuse = (httpStatus: number, type: string): TableScript => (response) =>
  answerJson(response, httpStatus, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'as it says' });
const send = (text: string): TableScript => (response) => void response.writeHead(200).end(text);
const reset: TableScript = (_, { socket }) => void socket.resetAndDestroy();
const cutOff: TableScript = (response, { socket }) =>
  void response.writeHead(200, { 'content-length': 100 }).write('{"Item":', () => socket.destroy());

describe('beside the AWS SDK, on one table', () => {
  let db: Awaited<ReturnType<typeof startTestTable>>;
  beforeAll(async () => {
    db = await startTestTable();
  });
  afterAll(() => db.close());

  const values = fc.record({
    text: fc.string({ unit: 'binary', minLength: 1 }),
    number: fc.integer(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  });
  const keyOf = (sk: string) => ({ pk: { S: 'both' }, sk: { S: sk } });

  it('writes what that reads, and reads what that writes', async () => {
    const call = createDynamoDbCaller(db.place, LIMITS);
    await fc.assert(
      fc.asyncProperty(values, async ({ text, number, bytes }) => {
        const rest = { text: { S: text }, number: { N: String(number) } };
        const [ours, theirs] = [
          { ...keyOf('ours'), ...rest, bytes: { B: Buffer.from(bytes).toString('base64') } },
          { ...keyOf('theirs'), ...rest, bytes: { B: bytes } },
        ];
        await call('PutItem', { TableName: db.tableName, Item: ours });
        await db.client.send(new PutItemCommand({ TableName: db.tableName, Item: theirs }));
        const readBySdk = await db.client.send(new GetItemCommand({ TableName: db.tableName, Key: keyOf('ours'), ConsistentRead: true }));
        const readByUs = await call('GetItem', { TableName: db.tableName, Key: keyOf('theirs'), ConsistentRead: true });
        expect(readBySdk.Item).toEqual({ ...theirs, sk: { S: 'ours' } });
        expect(readByUs.Item).toEqual({ ...ours, sk: { S: 'theirs' } });
      }),
      { numRuns: 100 },
    );
  });

  it('tells a refused condition, and a table that is not there, by their names', async () => {
    const call = createDynamoDbCaller(db.place, LIMITS);
    const onlyIfThere = { ConditionExpression: 'attribute_exists(pk)' };
    await expect(call('PutItem', { TableName: db.tableName, Item: keyOf('none'), ...onlyIfThere })).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      httpStatus: 400,
    });
    await expect(call('GetItem', { ...get, TableName: 'none' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a request', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

  /** Signature version 4 as AWS's reference has it, over the headers the request itself names. */
  function expectedSignature({ headers, body }: TableRequest, region: string, secretKey: string): string {
    const names = /SignedHeaders=([^,]*)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
    const lines = names.map((name) => `${name}:${String(headers[name])}\n`).join('');
    const time = String(headers['x-amz-date']);
    const scope = `${time.slice(0, 8)}/${region}/dynamodb/aws4_request`;
    const canonical = ['POST', '/', '', lines, names.join(';'), hash(body)].join('\n');
    const key = scope.split('/').reduce<string | Buffer>((parent, part) => hmac(parent, part), `AWS4${secretKey}`);
    return hmac(key, ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n')).toString('hex');
  }

  it("is signed as AWS asks, the role's token among what is signed", async () => {
    const table = await startScriptedTable(answerOk);
    tables.push(table);
    const credentials = { accessKeyId: 'ASIAx', secretAccessKey: createSecret('the-role-key'), sessionToken: createSecret('the-token') };
    const call = createDynamoDbCaller({ endpoint: table.endpoint, region: 'eu-central-1', credentials }, LIMITS);
    await call('GetItem', { ...get, Key: { pk: { S: '产品\u00e9' }, sk: { S: '' } } });
    const [request] = table.requests;
    if (request === undefined) throw new Error('no request came');
    const authorization = request.headers.authorization ?? '';
    expect(authorization).toContain('Credential=ASIAx/');
    expect(authorization).toMatch(/SignedHeaders=[^,]*\bhost;.*x-amz-date;x-amz-security-token;x-amz-target/);
    expect(authorization.split('Signature=')[1]).toBe(expectedSignature(request, 'eu-central-1', 'the-role-key'));
    expect(request.headers['x-amz-security-token']).toBe('the-token');
    expect(JSON.stringify(request.headers)).not.toContain('the-role-key');
  });
});

describe('a call that fails', () => {
  it.each<[string, TableScript]>([
    ['a reset connection', reset],
    ['an answer cut off', cutOff],
    ['an answer of 20 MB', (response) => void response.writeHead(200).end(Buffer.alloc(20 * 1024 * 1024, ' '))],
    ['HTTP 500', refuse(500, 'InternalServerError')],
    ['HTTP 503 that is no JSON', (response) => void response.writeHead(503).end('<html>')],
    ['a throttled request', refuse(400, 'ProvisionedThroughputExceededException')],
    ['an account at its limit', refuse(400, 'RequestLimitExceeded')],
  ])('is repeated after %s, once', async (_name, fails) => {
    const mended = await connect((...args) => (args[2] === 1 ? fails(...args) : answerOk(...args)));
    await expect(mended.read()).resolves.toEqual({ Item: { pk: { S: 'p' } } });
    expect(mended.requests).toHaveLength(2);
    const broken = await connect(fails);
    await expect(broken.read()).rejects.toBeInstanceOf(Error);
    expect(broken.requests).toHaveLength(2);
  });

  it.each<[string, TableScript]>([
    ['a refused condition', refuse(400, 'ConditionalCheckFailedException')],
    ['a missing table', refuse(400, 'ResourceNotFoundException')],
    ['an answer that is no JSON', send('<html>')],
    ['an answer that is no object', send('null')],
  ])('is not repeated after %s', async (_name, fails) => {
    const { read, requests } = await connect(fails);
    await expect(read()).rejects.toBeInstanceOf(Error);
    expect(requests).toHaveLength(1);
  });

  it('is repeated on a connection of its own: those that are kept may all be dead', async () => {
    const { read, requests } = await connect((...args) => (args[1].earlier > 0 ? reset(...args) : answerOk(...args)));
    await read();
    await read();
    expect(requests.map(({ earlier }) => earlier)).toEqual([0, 1, 0]);
  });

  it('ends after two attempts that bring nothing, and leaves no connection open', async () => {
    const { read, requests } = await connect(() => {}, { attemptMs: 300 });
    await expect(read()).rejects.toMatchObject({ name: 'TimeoutError', message: 'no whole answer in 300 ms' });
    expect(requests).toHaveLength(2);
    await vi.waitUntil(() => requests.every(({ socket }) => socket.destroyed));
  });

  it('ends where the head of an answer comes in time and its body does not', async () => {
    const { read, requests } = await connect((response) => void response.writeHead(200).write('{"Item":'), { attemptMs: 300 });
    await expect(read()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(requests).toHaveLength(2);
  });
});

describe('a request that cannot be made', () => {
  it('fails, and leaves nothing behind that fails later', async () => {
    const place = emulatorPlace('http://127.0.0.1:8000');
    const credentials = { ...place.credentials, sessionToken: createSecret('line\nbreak') };
    const call = createDynamoDbCaller({ ...place, credentials }, { ...LIMITS, attemptMs: 1 });
    vi.useFakeTimers();
    await expect(call('GetItem', get)).rejects.toMatchObject({ code: 'ERR_INVALID_CHAR' });
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe('an address', () => {
  it('of IPv6 is one, and no name to look up', async () => {
    const call = createDynamoDbCaller(emulatorPlace(`http://[::1]:${await freePort()}`), LIMITS);
    await expect(call('GetItem', get)).rejects.toMatchObject({ syscall: 'connect', address: '::1' });
  });
});

describe('many calls', () => {
  it('go over kept connections, so many at once', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const script: TableScript = (...args) => {
      waiting.push(() => answerOk(...args));
      most = Math.max(most, waiting.length);
      if (waiting.length === 3 || args[2] === 20) for (const answer of waiting.splice(0)) answer();
    };
    const { read, requests } = await connect(script, { requestsAtOnce: 3 });
    await Promise.all(Array.from({ length: 20 }, read));
    expect([requests.length, most, new Set(requests.map(({ socket }) => socket)).size]).toEqual([20, 3, 3]);
  });
});
