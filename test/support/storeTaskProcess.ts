import { createInterface } from 'node:readline/promises';
import * as z from 'zod/mini';
import { createLocalKeyWrapper } from '../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../lib/store/resultStore.ts';
import type { CallDynamoDb } from '../../lib/store/dynamoDbApi.ts';
import { createDynamoDbCaller } from '../../lib/store/dynamoDbCaller.ts';
import { createTableClient } from '../../lib/store/tableClient.ts';
import { systemClock } from '../../lib/clock.ts';
import { emulatorPlace } from '../../lib/config.ts';
import { createSecret } from '../../lib/secret.ts';
import { makeDevices } from './devices.ts';

// A process that stores one task and can be killed in the middle of it. Before each write it prints `write`
// and, where it is told to, waits for a line on its standard input; after each `wrote`, at the end `saved`.

const options = z.object({
  endpoint: z.string(),
  tableName: z.string(),
  taskId: z.string(),
  /** For `makeDevices`. */
  letters: z.string(),
  tag: z.string(),
  /** 32 bytes in base64. */
  wrappingKey: z.string(),
  isStepped: z.boolean(),
});

const { endpoint, tableName, taskId, letters, tag, wrappingKey, isStepped } = options.parse(JSON.parse(process.argv[2] ?? ''));
const say = (line: string) => process.stdout.write(`${line}\n`);
const lines = createInterface({ input: process.stdin });
const steps = lines[Symbol.asyncIterator]();

// Without the service's short time-outs: a busy machine is no fault of the store's.
const callDynamoDb = createDynamoDbCaller(emulatorPlace(endpoint), { attemptMs: 30_000, maxPauseMs: 50, requestsAtOnce: 4 });
const stepped: CallDynamoDb = async (operation, input) => {
  if (!/Write|Put/.test(operation)) return callDynamoDb(operation, input);
  say('write');
  if (isStepped) await steps.next();
  const output = await callDynamoDb(operation, input);
  say('wrote');
  return output;
};

// A step may take as long as the test likes: the time to write in stands still.
const startMs = Date.now();
const clock = { now: () => startMs, sleep: systemClock.sleep };
const store = createResultStore({
  table: createTableClient(stepped, tableName, clock),
  account: 'main',
  wrapper: createLocalKeyWrapper(createSecret(wrappingKey)),
  clock,
  reportFault: (event) => say(event),
});
await store.save({ productId: 'P', taskId }, makeDevices(letters, tag));
say('saved');
lines.close();
