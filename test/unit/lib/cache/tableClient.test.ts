import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type BatchWriteItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createResultStore } from '../../../../lib/cache/resultStore.ts';
import { createTableClient, type Item } from '../../../../lib/cache/tableClient.ts';
import { makeDevices } from '../../../support/devices.ts';

const client = new DynamoDBClient({ region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const mock = mockClient(client);
const startMs = Date.UTC(2026, 10, 24);

function setUp() {
  const pauses: number[] = [];
  let nowMs = startMs;
  const clock = {
    now: () => nowMs,
    sleep: (ms: number) => {
      pauses.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  };
  const waste = (ms: number) => void (nowMs += ms);
  return { clock, pauses, waste, table: createTableClient(client, 'tasks', clock) };
}

const makeItems = (count: number): Item[] => Array.from({ length: count }, (_, index) => ({ pk: { S: 'p' }, sk: { S: `s${index}` } }));
const skOf = (item: Item | undefined) => item?.['sk']?.S;
const keysOf = (input: BatchWriteItemCommandInput) => (input.RequestItems?.['tasks'] ?? []).map(({ PutRequest }) => skOf(PutRequest?.Item));
const written = () => mock.commandCalls(BatchWriteItemCommand).map((call) => keysOf(call.args[0].input));

beforeEach(() => void mock.reset());

describe('putMany', () => {
  it('writes 25 items a request, each once', async () => {
    mock.on(BatchWriteItemCommand).resolves({});
    await setUp().table.putMany(makeItems(130), startMs + 1500);
    expect(written().map((keys) => keys.length)).toEqual([25, 25, 25, 25, 25, 5]);
    expect(written().flat()).toEqual(makeItems(130).map(skOf));
  });

  it('sends nothing for no items', async () => {
    await setUp().table.putMany([], startMs + 1500);
    expect(mock.calls()).toHaveLength(0);
  });

  it('sends what came back unprocessed again, and nothing else, after growing pauses', async () => {
    const sent = makeItems(5);
    const back = (items: Item[]) => ({ UnprocessedItems: { tasks: items.map((Item) => ({ PutRequest: { Item } })) } });
    mock.on(BatchWriteItemCommand).resolvesOnce(back(sent.slice(1))).resolvesOnce(back(sent.slice(4))).resolves({});
    const { table, pauses } = setUp();
    await table.putMany(sent, startMs + 1500);
    expect(written()).toEqual([['s0', 's1', 's2', 's3', 's4'], ['s1', 's2', 's3', 's4'], ['s4']]);
    expect(pauses).toEqual([25, 50]);
  });

  it('gives up where items are still unprocessed at the deadline, having paused no longer than that', async () => {
    mock.on(BatchWriteItemCommand).callsFake((input: BatchWriteItemCommandInput) => ({ UnprocessedItems: input.RequestItems }));
    const { table, pauses } = setUp();
    await expect(table.putMany(makeItems(3), startMs + 1500)).rejects.toThrow('3 items not written in time');
    expect(pauses).toEqual([25, 50, 100, 200, 400]);
  });

  it('begins no further batch after the deadline', async () => {
    const { table, waste } = setUp();
    mock.on(BatchWriteItemCommand).callsFake(() => {
      waste(400);
      return {};
    });
    await expect(table.putMany(makeItems(250), startMs + 1500)).rejects.toThrow('not written in time');
    expect(written()).toHaveLength(4);
  });

  it('throws what the SDK throws', async () => {
    mock.on(BatchWriteItemCommand).rejects(new Error('no table'));
    await expect(setUp().table.putMany(makeItems(1), startMs + 1500)).rejects.toThrow('no table');
  });
});

describe('getMany', () => {
  const keysAsked = () => mock.commandCalls(BatchGetItemCommand).map((call) => call.args[0].input.RequestItems?.['tasks']?.Keys?.map(skOf));
  const [a, b, c] = makeItems(3);
  if (!a || !b || !c) throw new Error('three items');

  it('asks again for keys that came back unprocessed', async () => {
    mock
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { tasks: [a] }, UnprocessedKeys: { tasks: { Keys: [b, c] } } })
      .resolvesOnce({ Responses: { tasks: [b] }, UnprocessedKeys: { tasks: { Keys: [c] } } })
      .resolves({ Responses: { tasks: [c] } });
    expect(await setUp().table.getMany('p', ['s0', 's1', 's2'])).toEqual([a, b, c]);
    expect(keysAsked()).toEqual([['s0', 's1', 's2'], ['s1', 's2'], ['s2']]);
  });

  it('gives up after three rounds and less than a fifth of a second of pauses', async () => {
    mock.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { tasks: { Keys: [a] } } });
    const { table, pauses } = setUp();
    await expect(table.getMany('p', ['s0'])).rejects.toThrow('1 items not read in time');
    expect(keysAsked()).toHaveLength(3);
    expect(pauses).toEqual([50, 100]);
  });

  it('leaves out what is missing', async () => {
    mock.on(BatchGetItemCommand).resolves({ Responses: { tasks: [b] } });
    expect(await setUp().table.getMany('p', ['s0', 's1'])).toEqual([b]);
  });
});

describe('queryRange', () => {
  it('follows the pages of a long answer', async () => {
    const [a, b] = makeItems(2);
    if (!a || !b) throw new Error('two items');
    mock.on(QueryCommand).resolvesOnce({ Items: [a], LastEvaluatedKey: a }).resolves({ Items: [b] });
    expect(await setUp().table.queryRange('p', 's0', 's9')).toEqual([a, b]);
    expect(mock.commandCalls(QueryCommand).map((call) => call.args[0].input.ExclusiveStartKey)).toEqual([undefined, a]);
  });
});

describe('a store whose table takes no more', () => {
  it('writes no header', async () => {
    mock.on(GetItemCommand).resolves({});
    mock.on(BatchWriteItemCommand).callsFake((input: BatchWriteItemCommandInput) => ({ UnprocessedItems: input.RequestItems }));
    const { table, clock } = setUp();
    const tenant = { host: 'h', region: 'gz', account: 'a' };
    const store = createResultStore({ table, tenant, wrapper: undefined, clock, reportFault: () => {} });
    await expect(store.save({ productId: 'P', taskId: 'T' }, makeDevices('kf'))).rejects.toThrow('not written in time');
    expect(mock.commandCalls(PutItemCommand)).toHaveLength(0);
  });
});
