import { describe, expect, it } from 'vitest';
import { createResultStore } from '../../../../lib/store/resultStore.ts';
import { DynamoDbError, type CallDynamoDb, type Input, type Item, type Operation, type Output } from '../../../../lib/store/dynamoDbApi.ts';
import { createTableClient, isAccepted } from '../../../../lib/store/tableClient.ts';
import { makeDevices } from '../../../support/devices.ts';

// DynamoDB as no emulator can be made to behave: unprocessed items, keys and cut answers at will.

type Answers = { readonly [O in Operation]?: (input: Input<O>, round: number) => Output<O> };

const startMs = Date.UTC(2026, 10, 24);

function setUp(answers: Answers) {
  const pauses: number[] = [];
  const calls: { readonly operation: Operation; readonly input: unknown }[] = [];
  let nowMs = startMs;
  const clock = {
    now: () => nowMs,
    sleep: (ms: number) => {
      pauses.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  };
  const call: CallDynamoDb = async (operation, input) => {
    calls.push({ operation, input });
    const answer = answers[operation];
    if (answer === undefined) throw new Error(`${operation} was not expected`);
    return answer(input, inputsOf(operation).length);
  };
  const inputsOf = <O extends Operation>(operation: O) =>
    calls.filter((made) => made.operation === operation).map(({ input }) => input as Input<O>); // of this operation
  const written = () => inputsOf('BatchWriteItem').map((input) => (input.RequestItems['tasks'] ?? []).map(({ PutRequest }) => skOf(PutRequest.Item)));
  const waste = (ms: number) => void (nowMs += ms);
  return { clock, pauses, waste, calls, inputsOf, written, table: createTableClient(call, 'tasks', clock) };
}

const makeItems = (count: number): Item[] => Array.from({ length: count }, (_, index) => ({ pk: { S: 'p' }, sk: { S: `s${index}` } }));
const keysOf = (count: number) => makeItems(count).map((item) => ({ pk: 'p', sk: skOf(item) ?? '' }));
const skOf = (item: Item) => item['sk']?.S;
const takeAll = () => ({});
const takeNone = (input: Input<'BatchWriteItem'>): Output<'BatchWriteItem'> => ({ UnprocessedItems: input.RequestItems });

describe('putMany', () => {
  it('writes 25 items a request, each once', async () => {
    const { table, written } = setUp({ BatchWriteItem: takeAll });
    await table.putMany(makeItems(130), startMs + 1500);
    expect(written().map((keys) => keys.length)).toEqual([25, 25, 25, 25, 25, 5]);
    expect(written().flat()).toEqual(makeItems(130).map(skOf));
  });

  it('sends nothing for no items', async () => {
    const { table, calls } = setUp({});
    await table.putMany([], startMs + 1500);
    expect(calls).toEqual([]);
  });

  it('sends what came back unprocessed again, and nothing else, after growing pauses', async () => {
    const left = [4, 1, 0];
    const { table, pauses, written } = setUp({
      BatchWriteItem: ({ RequestItems }, round) => ({
        UnprocessedItems: { tasks: RequestItems['tasks']?.slice(-(left[round - 1] ?? 0) || Infinity) ?? [] },
      }),
    });
    await table.putMany(makeItems(5), startMs + 1500);
    expect(written()).toEqual([['s0', 's1', 's2', 's3', 's4'], ['s1', 's2', 's3', 's4'], ['s4']]);
    expect(pauses).toEqual([25, 50]);
  });

  it('gives up if items are still unprocessed at the deadline, having paused no longer than that', async () => {
    const { table, pauses } = setUp({ BatchWriteItem: takeNone });
    await expect(table.putMany(makeItems(3), startMs + 1500)).rejects.toThrow('3 items not written in time');
    expect(pauses).toEqual([25, 50, 100, 200, 400]);
  });

  it('begins no further batch after the deadline', async () => {
    const { table, waste, written } = setUp({
      BatchWriteItem: () => {
        waste(400);
        return {};
      },
    });
    await expect(table.putMany(makeItems(250), startMs + 1500)).rejects.toThrow('not written in time');
    expect(written()).toHaveLength(4);
  });

  it('throws what the call throws', async () => {
    const { table } = setUp({
      BatchWriteItem: () => {
        throw new Error('no table');
      },
    });
    await expect(table.putMany(makeItems(1), startMs + 1500)).rejects.toThrow('no table');
  });
});

describe('getMany', () => {
  const keysAsked = ({ inputsOf }: ReturnType<typeof setUp>) => inputsOf('BatchGetItem').map((input) => input.RequestItems['tasks']?.Keys.map(skOf));

  it('asks again for keys that came back unprocessed', async () => {
    const items = makeItems(3);
    const asked = setUp({
      BatchGetItem: (_, round) => ({
        Responses: { tasks: items.slice(round - 1, round) },
        UnprocessedKeys: { tasks: { Keys: items.slice(round) } },
      }),
    });
    expect(await asked.table.getMany(keysOf(3))).toEqual(items);
    expect(keysAsked(asked)).toEqual([['s0', 's1', 's2'], ['s1', 's2'], ['s2']]);
  });

  it('gives up after three rounds and less than a fifth of a second of pauses', async () => {
    const asked = setUp({ BatchGetItem: ({ RequestItems }) => ({ UnprocessedKeys: RequestItems }) });
    await expect(asked.table.getMany(keysOf(1))).rejects.toThrow('1 items not read in time');
    expect(keysAsked(asked)).toHaveLength(3);
    expect(asked.pauses).toEqual([50, 100]);
  });

  it('asks for at most 100 keys a request, each once', async () => {
    const asked = setUp({ BatchGetItem: () => ({}) });
    expect(await asked.table.getMany(keysOf(250))).toEqual([]);
    expect(keysAsked(asked).map((keys) => keys?.length)).toEqual([100, 100, 50]);
    expect(keysAsked(asked).flat()).toEqual(makeItems(250).map(skOf));
  });

  it('leaves out what is missing', async () => {
    const [, second] = makeItems(2);
    if (second === undefined) throw new Error('two items');
    const { table } = setUp({ BatchGetItem: () => ({ Responses: { tasks: [second] } }) });
    expect(await table.getMany(keysOf(2))).toEqual([second]);
  });
});

describe('a refused condition', () => {
  it.each([
    [new DynamoDbError('ProvisionedThroughputExceededException', 400)],
    [new Error('ConditionalCheckFailedException')],
  ])('is told from a fault: %s', async (fault) => {
    expect(await isAccepted(Promise.resolve())).toBe(true);
    expect(await isAccepted(Promise.reject(new DynamoDbError('ConditionalCheckFailedException', 400)))).toBe(false);
    await expect(isAccepted(Promise.reject(fault))).rejects.toBe(fault);
  });
});

describe('a store whose table takes no more', () => {
  it('writes no header', async () => {
    const { table, clock, inputsOf } = setUp({ BatchWriteItem: takeNone });
    const store = createResultStore({ table, account: 'a', wrapper: undefined, clock, reportFault: () => {} });
    await expect(store.save({ productId: 'P', taskId: 'T' }, makeDevices('kf'))).rejects.toThrow('not written in time');
    expect(inputsOf('PutItem')).toEqual([]);
  });
});
