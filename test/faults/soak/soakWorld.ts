import { randomBytes } from 'node:crypto';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { createLocalKeyWrapper } from '../../../lib/store/keyWrapper.ts';
import { createResultStore } from '../../../lib/store/resultStore.ts';
import { createDynamoDbCaller } from '../../../lib/store/dynamoDbCaller.ts';
import { createTableClient } from '../../../lib/store/tableClient.ts';
import { systemClock } from '../../../lib/clock.ts';
import { emulatorConnection } from '../../../lib/config.ts';
import { createBatchContainer } from '../../../lib/batchContainer.ts';
import { createSecret } from '../../../lib/secret.ts';
import { ensureTable } from '../../../offline/ensureTable.ts';
import { createSdkClient } from '../../../tools/createSdkClient.ts';
import { startDatabaseProcess } from '../../support/databaseChild.ts';
import { startEmulatorProcess } from '../../support/emulatorChild.ts';
import { emulatorKey } from '../../support/emulatorClient.ts';
import { startFaultProxy, type ProxiedRequest } from '../../support/faultProxy.ts';
import { createApi } from '../../support/stack.ts';
import type { SdkItem } from '../../support/testTable.ts';
import type { TestVendorApi } from '../../support/vendorApi.ts';
import { createTruth } from './soakTruth.ts';

const TABLE = 'soak-tasks';
const ACCOUNT = 'soak';

/** The service in this process; vendor and database in processes of their own, each behind a proxy that fails. */
export async function startSoakWorld(vendorApi: TestVendorApi, onLog: (line: string) => void) {
  const [emulator, database] = await Promise.all([startEmulatorProcess(), startDatabaseProcess()]);
  const sent = new Map<string, number>();
  const noteCreation = (request: ProxiedRequest) => {
    if (request.name !== vendorApi.actions.creation) return;
    const first = vendorApi.firstNameOf(request);
    sent.set(first, (sent.get(first) ?? 0) + 1);
  };
  const vendor = await startFaultProxy({ target: new URL(emulator.endpoint).origin, record: noteCreation });
  const tableProxy = await startFaultProxy({ target: database.endpoint, record: () => {} });
  const client = createSdkClient(emulatorConnection(database.endpoint));
  await ensureTable(client, TABLE);
  const localKey = randomBytes(32).toString('base64');
  const container = createBatchContainer(
    {
      STAGE: 'soak',
      LOG_LEVEL: 'DEBUG',
      ...vendorApi.configure(vendor.origin),
      IOTCLOUD_ACCOUNT: ACCOUNT,
      IOTCLOUD_TIMEOUT_MS: '300',
      TENCENTCLOUD_SECRET_ID: emulatorKey.secretId,
      TENCENTCLOUD_SECRET_KEY: emulatorKey.secretKey,
      TASK_TABLE: TABLE,
      DYNAMODB_ENDPOINT: tableProxy.origin,
      CREDENTIALS_LOCAL_KEY: localKey,
    },
    { write: onLog },
  );
  const clock = systemClock;
  const directStore = createResultStore({
    table: createTableClient(createDynamoDbCaller(emulatorConnection(database.endpoint)), TABLE, clock),
    account: ACCOUNT,
    wrapper: createLocalKeyWrapper(createSecret(localKey)),
    clock,
    reportFault: () => {},
  });
  return {
    ...createApi(container),
    vendor,
    table: tableProxy,
    truth: createTruth(emulator.endpoint),
    /** How often the vendor was sent a creation that begins with this name. */
    countSent: (firstName: string) => sent.get(firstName) ?? 0,
    /** That name is done with, and no longer counted. */
    forgetSent: (firstName: string) => void sent.delete(firstName),
    /** What is stored, read past the proxy. */
    directStore,
    scanHeaders: async (): Promise<SdkItem[]> => {
      const items: SdkItem[] = [];
      const scan = { TableName: TABLE, FilterExpression: 'sk = :header', ExpressionAttributeValues: { ':header': { S: 'header' } } };
      for await (const page of paginateScan({ client }, scan)) items.push(...(page.Items ?? []));
      return items;
    },
    close: async () => {
      await vendor.close();
      await tableProxy.close();
      client.destroy();
      await Promise.all([emulator.close(), database.close()]);
    },
  };
}

export type SoakWorld = Awaited<ReturnType<typeof startSoakWorld>>;
