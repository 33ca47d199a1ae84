import { createIdempotencyStore } from '../../lib/store/idempotencyStore.ts';
import { createResultStore } from '../../lib/store/resultStore.ts';
import type { CallDynamoDb } from '../../lib/store/dynamoDbApi.ts';
import { createDynamoDbCaller } from '../../lib/store/dynamoDbCaller.ts';
import { createTableClient } from '../../lib/store/tableClient.ts';
import { systemClock } from '../../lib/clock.ts';
import { emulatorPlace } from '../../lib/config.ts';
import { createCreateTask } from '../../lib/deviceTasks/createTask.ts';
import type { TaskSource } from '../../lib/deviceTasks/ports.ts';
import { createBreaker } from '../../lib/upstream/breaker.ts';
import { createHttpTransport } from '../../lib/upstream/httpTransport.ts';
import { createQueryV2 } from '../../lib/upstream/queryV2/queryV2.ts';
import { createTaskCalls } from '../../lib/upstream/queryV2/taskCalls.ts';
import { createTaskSource } from '../../lib/upstream/taskSource.ts';
import { createVendorClient } from '../../lib/upstream/vendorClient.ts';
import { createFixedVendorKeys } from '../../lib/upstream/vendorKeys.ts';
import { createSecret } from '../../lib/secret.ts';
import { emulatorKey } from './emulatorClient.ts';

/** What the test and its child agree on. */
export interface ChildOrder {
  readonly endpoint: string;
  readonly databaseEndpoint: string;
  readonly tableName: string;
  readonly account: string;
  readonly productId: string;
  readonly deviceNames: readonly string[];
  readonly key: string;
  readonly callerHash: string;
  /** Unix milliseconds. */
  readonly endsAtMs: number;
}

export interface CreationChanges {
  readonly source?: (source: TaskSource) => TaskSource;
  /** Of the calls to the table. */
  readonly call?: (call: CallDynamoDb) => CallDynamoDb;
}

/** The parts of a creation, wired as the container wires them. @param now Unix milliseconds */
export function wireCreation(order: ChildOrder, now: () => number, changes: CreationChanges = {}) {
  const { source: changeSource = (source) => source, call: changeCall = (call) => call } = changes;
  const clock = { ...systemClock, now };
  const call = changeCall(createDynamoDbCaller(emulatorPlace(order.databaseEndpoint)));
  const table = createTableClient(call, order.tableName, clock);
  const { account } = order;
  const nonce = () => Math.floor(Math.random() * 2 ** 31) + 1;
  const api = createQueryV2({ endpoint: order.endpoint, region: 'gz', signatureMethod: 'HmacSHA256', nonce });
  const client = createVendorClient(api, {
    timeoutMs: 2500,
    keys: createFixedVendorKeys({ secretId: emulatorKey.secretId, secretKey: createSecret(emulatorKey.secretKey) }),
    transport: createHttpTransport(),
    breaker: createBreaker(),
    clock: systemClock,
    random: Math.random,
  });
  const reportFault = () => undefined;
  const createTask = createCreateTask({
    source: changeSource(createTaskSource(createTaskCalls(client))),
    store: createResultStore({ table, account, wrapper: undefined, clock, reportFault }),
    idempotency: createIdempotencyStore({ table, account, clock }),
    reportFault,
    now,
  });
  const { productId, deviceNames, key, callerHash, endsAtMs } = order;
  const scope = { deadlineMs: Date.now() + 8000, tally: { vendorCalls: 0, vendorMs: 0 } };
  return () => createTask(productId, deviceNames, { key, callerHash, endsAtMs }, scope);
}

/** As a child process: creates, tells when the vendor has answered, and waits for its end before recording it. */
if (import.meta.main) {
  process.once('message', (order: ChildOrder) => {
    const stopAfterAnswer = (source: TaskSource): TaskSource => ({
      ...source,
      createTask: async (...call) => {
        const taskId = await source.createTask(...call);
        process.send?.({ taskId });
        return new Promise<string>(() => undefined);
      },
    });
    void wireCreation(order, Date.now, { source: stopAfterAnswer })();
  });
}
