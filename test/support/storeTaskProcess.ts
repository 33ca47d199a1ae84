import { createInterface } from 'node:readline/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { createLocalKeyWrapper } from '../../lib/cache/keyWrapper.ts';
import { createResultStore } from '../../lib/cache/resultStore.ts';
import { createTableClient } from '../../lib/cache/tableClient.ts';
import { systemClock } from '../../lib/clock.ts';
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
const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'offline', secretAccessKey: 'offline' } });
client.middlewareStack.add(
  (next, context) => async (args) => {
    if (!/Write|Put/.test(String(context['commandName']))) return next(args);
    say('write');
    if (isStepped) await steps.next();
    const result = await next(args);
    say('wrote');
    return result;
  },
  { step: 'initialize', name: 'steps' },
);

// A step may take as long as the test likes: the time to write in stands still.
const startMs = Date.now();
const clock = { now: () => startMs, sleep: systemClock.sleep };
const store = createResultStore({
  table: createTableClient(client, tableName, clock),
  tenant: { host: 'iotcloud.example', region: 'gz', account: 'main' },
  wrapper: createLocalKeyWrapper(createSecret(wrappingKey)),
  clock,
  reportFault: (event) => say(event),
});
await store.save({ productId: 'P', taskId }, makeDevices(letters, tag));
say('saved');
lines.close();
client.destroy();
