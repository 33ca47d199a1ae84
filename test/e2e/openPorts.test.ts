import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chromiumPath, openBrowser } from '../support/chromium.ts';
import { startStage, type StartedStage } from '../support/offlineStage.ts';
import { hasProc, listeningPorts } from '../support/processes.ts';

const TASKS = '/v1/products/ABCED12345/device-tasks';
const RESULTS = `${TASKS}/abcdedf123456789/devices`;
const TABLE = 'iotcloud-rest-offline';

interface Attempt {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const claims = { iss: 'x', sub: 'intruder', scope: 'devices:read devices:write devices:credentials' };
const override = { 'sls-offline-authorizer-override': JSON.stringify({ jwt: { claims } }) };

function invocation(functionName: string, method: 'GET' | 'POST', rawPath: string, rest: object): Attempt {
  const requestContext = { authorizer: { jwt: { claims } }, domainName: 'localhost', stage: '$default', http: { method, path: rawPath } };
  const event = { version: '2.0', rawPath, rawQueryString: '', headers: { 'content-type': 'application/json' }, requestContext, ...rest };
  const path = `/2015-03-31/functions/iotcloud-rest-offline-${functionName}/invocations`;
  return { path, method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(event) };
}

function aws(service: string, target: string, body: object): Attempt {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': target,
    'x-amz-date': '20261124T100000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=offline/20261124/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=00`,
  };
  return { path: '/', method: 'POST', headers, body: JSON.stringify(body) };
}

const dynamoDb = (operation: string, body: object) => aws('dynamodb', `DynamoDB_20120810.${operation}`, body);
const sqs = (operation: string, body: object) => aws('sqs', `AmazonSQS.${operation}`, body);

const QueueUrl = 'http://127.0.0.1/000000000000/iotcloud-rest-offline-batches';
const step = JSON.stringify({ productId: 'ABCED12345', batchId: '0193f6a0-0000-7000-8000-000000000001', step: 'split' });

const create = JSON.stringify({ deviceNames: ['intruder-1', 'intruder-2'] });
const pathParameters = { productId: 'ABCED12345', taskId: 'abcdedf123456789' };

const ATTEMPTS: readonly Attempt[] = [
  { path: `${RESULTS}?include=credentials`, method: 'GET', headers: override },
  { path: TASKS, method: 'POST', headers: { ...override, 'content-type': 'application/json' }, body: create },
  invocation('getDeviceResults', 'GET', RESULTS, { rawQueryString: 'include=credentials', pathParameters }),
  invocation('createDeviceTask', 'POST', TASKS, { body: create, pathParameters }),
  dynamoDb('ListTables', {}),
  dynamoDb('Scan', { TableName: TABLE }),
  dynamoDb('DeleteTable', { TableName: TABLE }),
  sqs('ListQueues', {}),
  sqs('ReceiveMessage', { QueueUrl }),
  sqs('SendMessage', { QueueUrl, MessageBody: step }),
  sqs('PurgeQueue', { QueueUrl }),
  { path: '/_fauxqs/queues', method: 'GET', headers: {} },
  { path: '/health', method: 'GET', headers: {} },
  { path: '/', method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Action=ListQueues' },
  invocation('runDeviceBatches', 'POST', '/', { Records: [{ messageId: 'm', body: step }] }),
  { path: '/', method: 'POST', headers: { 'content-type': 'application/json', 'x-tc-action': 'DescribeMultiDevTask' }, body: '{}' },
  { path: '/v2/index.php?Action=GetMultiDevices&productID=ABCED12345&taskID=abcdedf123456789&pageNum=1&pageSize=100', method: 'GET', headers: {} },
];

interface Outcome {
  readonly status: number;
  readonly text: string;
}

/** Runs in the page: as a page may ask for it openly, and as it may send it without being asked. */
const attack = async ([origin, attempts]: readonly [string, readonly Attempt[]]) => {
  const outcomes: Outcome[] = [];
  for (const { path, ...init } of attempts) {
    const simple = { method: init.method, ...(init.body === undefined ? {} : { body: init.body }), mode: 'no-cors' } as const;
    await fetch(`${origin}${path}`, simple).catch(() => undefined);
    const open = await fetch(`${origin}${path}`, init).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      () => ({ status: 0, text: '' }),
    );
    outcomes.push(open);
  }
  return outcomes;
};

// The vendor's refusals, the emulator's too, are 200 with a code that is not 0, or with an `Error`.
const isRefused = ({ status, text }: Outcome) => status === 0 || status >= 400 || /^\{(?:"code":[1-9]|"Response":\{"Error":)/.test(text);
const answered = (outcomes: readonly Outcome[]) => outcomes.filter((outcome) => !isRefused(outcome) || outcome.text.includes('PRIVATE KEY'));

describe.runIf(hasProc)('the ports npm start opens', () => {
  let stage: StartedStage;
  let origins: string[];
  beforeAll(async () => {
    stage = await startStage();
    // From now on there is something to be read in the table too.
    await stage.request(`${RESULTS}?include=credentials`);
    origins = listeningPorts(stage.child.pid ?? 0).map(({ port }) => `http://127.0.0.1:${port}`);
  });
  afterAll(async () => {
    await stage.interrupt();
  });

  const expectUntouched = async () => {
    const results = await stage.request(`${RESULTS}?include=credentials`);
    expect([results.status, results.headers.get('cache-status')]).toEqual([200, expect.stringContaining('; hit; ')]);
    const { status, headers } = await stage.request(TASKS, { method: 'POST', headers: { 'content-type': 'application/json' }, body: create });
    expect(status).toBe(202);
    const devices = await vi.waitFor(
      async () => {
        const answer = await stage.request(`${headers.get('location')}/devices`);
        expect(answer.status).toBe(200);
        return ((await answer.json()) as { devices: unknown[] }).devices;
      },
      { timeout: 30_000, interval: 500 },
    );
    // A name somebody had created before would have failed.
    expect(devices).toMatchObject([{ status: 'created' }, { status: 'created' }]);
  };

  it('are those of gateway, database, queue and emulator, on the loopback address', () => {
    expect(listeningPorts(stage.child.pid ?? 0).map(({ isLoopback }) => isLoopback)).toEqual([true, true, true, true]);
    expect(origins).toContain(stage.url.replace('localhost', '127.0.0.1'));
  });

  it('give a program without token or key nothing', async () => {
    for (const origin of origins) expect(answered(await attack([origin, ATTEMPTS]))).toEqual([]);
  });

  it.skipIf(chromiumPath === undefined)('give a web page of another origin nothing, and do nothing for it', async () => {
    const elsewhere = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>elsewhere</title>'));
    await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
    const browser = await openBrowser();
    try {
      const { port } = elsewhere.address() as AddressInfo; // a TCP server has one
      const { page } = await browser.visit(`http://127.0.0.1:${port}/`, {});
      for (const origin of origins) expect(answered(await page.evaluate(attack, [origin, ATTEMPTS] as const))).toEqual([]);
    } finally {
      await browser.close();
      elsewhere.close();
    }
    await expectUntouched();
  });
});
