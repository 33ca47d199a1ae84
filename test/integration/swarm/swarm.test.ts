import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emulatorKey } from '../../support/emulatorClient.ts';
import type { Environment } from '../../../lib/environment.ts';
import { startStack, type Stack } from '../../support/stack.ts';
import { startServiceProcess } from '../../support/swarmChild.ts';
import { vendorApis } from '../../support/vendorApis.ts';

const PROCESSES = 4;
const READS = 50;

const batch = '/v1/products/BATCH12345/device-tasks/batch100devices1';
const warm = '/v1/products/PSK1234567/device-tasks/pskdedf123456789';
const sample = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';

type Service = Awaited<ReturnType<typeof startServiceProcess>>;

let stack: Stack;
let services: readonly Service[];
let shared: Environment;
beforeAll(async () => {
  stack = await startStack();
  shared = {
    STAGE: 'test',
    TENCENTCLOUD_SECRET_ID: emulatorKey.secretId,
    TENCENTCLOUD_SECRET_KEY: emulatorKey.secretKey,
    TASK_TABLE: stack.testTable.tableName,
    DYNAMODB_ENDPOINT: stack.testTable.place.endpoint,
    CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64'),
  };
  services = await Promise.all(Array.from({ length: PROCESSES }, startServiceProcess));
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.close()));
  await stack.close();
});
beforeEach(() => stack.emulator.clearCalls());

describe.each(vendorApis)('50 cold reads of one task at the same time over $name, by four processes that share a table', (vendorApi) => {
  let env: Environment;
  beforeAll(async () => {
    env = { ...shared, ...vendorApi.configure(new URL(stack.emulator.endpoint).origin), IOTCLOUD_ACCOUNT: `swarm-${vendorApi.name}` };
    // Code loaded and connections made: what is cold below is the task.
    await Promise.all(services.map((service) => service.read({ env, paths: [warm] })));
  });

  /** All reads at once, dealt out to the processes. */
  async function readAll(paths: readonly string[]) {
    const hands = services.map((_, hand) => paths.filter((_path, index) => index % PROCESSES === hand));
    return (await Promise.all(services.map((service, hand) => service.read({ env, paths: hands[hand] ?? [] })))).flat();
  }

  it.each([
    ['of one page', [`${sample}/devices`]],
    ['of a task of 100 devices, of its pages with and without secrets, and of its state', [`${batch}/devices`, `${batch}/devices?page=5`, `${batch}/devices?include=credentials&pageSize=100`, batch]],
  ])('cost the vendor six calls at the most: %s', async (_name, paths) => {
    const wanted = Array.from({ length: READS }, (_, index) => paths[index % paths.length] ?? '');
    const replies = await readAll(wanted);
    expect(replies.map(({ status }) => status)).toEqual(wanted.map(() => 200));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(paths.length);
    expect(stack.emulator.countCalls()).toBeLessThanOrEqual(6);
  });

  it('leave a task that all of them read from the table afterwards, and no lease but that of who stored it', async () => {
    const replies = await readAll(Array.from({ length: READS }, () => `${batch}/devices`));
    expect(replies.every(({ cacheStatus }) => cacheStatus.includes('hit'))).toBe(true);
    expect(stack.emulator.countCalls()).toBe(0);
    const valuesOf = async (kind: string, attribute: string) =>
      (await stack.scanItems()).flatMap((item) => (item['sk']?.S === kind ? [item[attribute]?.S ?? ''] : [])).toSorted();
    expect(await valuesOf('lease', 'owner')).toEqual(await valuesOf('header', 'fetchId'));
  });
});
