import { randomBytes } from 'node:crypto';
import { createBatchContainer } from '../../lib/batchContainer.ts';
import type { Environment } from '../../lib/environment.ts';
import { functions } from '../../lib/functions/functions.ts';
import { formatPath } from '../../lib/http/paths.ts';
import { routeRequest, type Claims, type EventOptions, type Reply } from './apiGatewayEvent.ts';
import { createMemoryQueue } from './memoryQueue.ts';
import { refuse, startScriptedUpstream, succeed, type ScriptedAnswer } from './scriptedUpstream.ts';
import { createApi, fullClaims } from './stack.ts';
import { startTestTable } from './testTable.ts';

type Options = Omit<EventOptions, 'claims' | 'path'> & { readonly claims?: Claims | undefined };
/** A request of a caller who may do everything, unless `claims` says otherwise. */
export type Sent = readonly [path: string, options?: Options];
export type Line = Readonly<Record<string, unknown>>;

/** A request, its answer, and what was written meanwhile. */
export interface Served {
  readonly functionName: string;
  readonly method: string;
  /** `undefined`: nobody was verified. */
  readonly claims: Claims | undefined;
  /** As sent. */
  readonly traceparent: string | undefined;
  readonly reply: Reply;
  readonly texts: readonly string[];
  /** The same, read as JSON. */
  readonly lines: readonly Line[];
  /** As the vendor counted them. */
  readonly vendorCalls: number;
}

export const PARENT_SPAN = '00f067aa0ba902b7';
export const tasks = '/v1/products/P/device-tasks';
const task = `${tasks}/T`;
export const results = `${task}/devices`;

const asNobody = { claims: undefined };
const withSecrets: Sent = [results, { query: 'include=credentials' }];
const create = (body: string, headers: Record<string, string> = {}): Sent => [tasks, { method: 'POST', body, headers }];
const createWithKey = (name: string) => create(JSON.stringify({ deviceNames: [name] }), { 'idempotency-key': 'k' });

const batches = '/v1/products/P/device-batches';
const noBatch = '01a20cff-7d00-7c3e-8f2b-6d1a0e9c4b57';
const createBatch: Sent = [batches, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"deviceNames":["a"]}' }];

/** Every route, and every way a request can end while all around it is in order. */
const everyRoute: readonly Sent[] = [
  ['/v1/health', asNobody],
  ['/openapi.json', asNobody],
  ['/docs', asNobody],
  ['/', asNobody],
  ['/v1/health', { method: 'HEAD', ...asNobody }],
  ['/nowhere', asNobody],
  ['/v1/health', { method: 'PUT', ...asNobody }],
  [results],
  [results],
  withSecrets,
  [results, { headers: { 'if-none-match': '*' } }],
  [results, { query: 'status=failed&page=9' }],
  [results, { query: 'page=0&colour=blue' }],
  [results, asNobody],
  [results, { claims: { ...fullClaims, scope: 'devices:write' } }],
  [results, { query: 'include=credentials', claims: { ...fullClaims, scope: 'devices:read' } }],
  [results, { claims: { ...fullClaims, products: ['Q'] } }],
  [`${tasks}/T%2F/devices`],
  [`${results}/a`],
  [`${results}/d`],
  [tasks],
  [task],
  [`${tasks}/U`],
  create('{"deviceNames":["a"]}'),
  createWithKey('a'),
  createWithKey('a'),
  createWithKey('b'),
  create('{"deviceNames":[]}'),
  create('{'),
  create('x', { 'content-type': 'text/plain' }),
  createBatch,
  ...Object.values(functions).map(({ methods, template }): Sent => {
    const path = formatPath('', template, { productId: 'P', taskId: 'T', deviceName: 'a', batchId: noBatch });
    return [path, { method: methods[0] }];
  }),
];

const devices = [
  { deviceName: 'a', deviceCert: 'CERT', devicePrivateKey: 'KEY', result: 0 },
  { deviceName: 'b', devicePsk: 'PSK', result: 0 },
  { deviceName: 'c', result: 2001 },
];
const inOrder: Record<string, ScriptedAnswer> = {
  GetCreateMultiDevTask: succeed({ taskStatus: 2 }),
  GetMultiDevices: succeed({ totalDevNum: devices.length, listCreateDeviceInfo: devices }),
  CreateMultiDevice: succeed({ taskID: 'created' }),
};
const outOfOrder: readonly ScriptedAnswer[] = [
  succeed({ taskStatus: 1 }),
  refuse(5000, '（2006）'),
  refuse(4100),
  refuse(4400),
  refuse(7777),
  { kind: 'hang' },
  { kind: 'reply', body: 'no JSON' },
  { kind: 'reset-after-request' },
];

/** A vendor and a table, and the whole API on them, whose requests are served one after the other. @param takeTexts what was written since the last call */
export async function startMixedRun(takeTexts: () => string[]) {
  let answerAll: ScriptedAnswer | undefined;
  const vendor = await startScriptedUpstream({ otherwise: ({ params }) => answerAll ?? inOrder[params['Action'] ?? ''] ?? refuse(6100) });
  const table = await startTestTable();
  let accounts = 0;
  const makeEnvironment = (overrides: Environment = {}): Environment => ({
    STAGE: 'test',
    LOG_LEVEL: 'DEBUG',
    IOTCLOUD_ENDPOINT: vendor.endpoint,
    IOTCLOUD_ACCOUNT: `account-${(accounts += 1)}`,
    IOTCLOUD_TIMEOUT_MS: '200',
    TENCENTCLOUD_SECRET_ID: 'id',
    TENCENTCLOUD_SECRET_KEY: 'key',
    TASK_TABLE: table.tableName,
    DYNAMODB_ENDPOINT: table.place.endpoint,
    CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64'),
    ...overrides,
  });

  /** Every second request is part of a trace. */
  const serve = async (env: Environment, requests: readonly Sent[]): Promise<Served[]> => {
    const { send } = createApi(createBatchContainer(env, { queue: createMemoryQueue() }));
    const served: Served[] = [];
    for (const [index, [path, { headers, ...options } = {}]] of requests.entries()) {
      const traceparent = index % 2 === 0 ? `00-${randomBytes(16).toString('hex')}-${PARENT_SPAN}-01` : undefined;
      const [method, claims] = [options.method ?? 'GET', 'claims' in options ? options.claims : fullClaims];
      const callsBefore = vendor.requests.length;
      const sent = { ...options, claims, headers: { ...headers, ...(traceparent === undefined ? {} : { traceparent }) } };
      const reply = await send(path, sent);
      const texts = takeTexts();
      const lines = texts.map((text) => JSON.parse(text) as Line); // what is no object, the tests see
      const { functionName = 'fallback' } = routeRequest(method, path);
      served.push({ functionName, method, claims, traceparent, reply, texts, lines, vendorCalls: vendor.requests.length - callsBefore });
    }
    return served;
  };

  const serveVendorFaults = async (): Promise<Served[]> => {
    const served: Served[] = [];
    for (answerAll of outOfOrder) served.push(...(await serve(makeEnvironment(), [[results], [task], createWithKey('a')])));
    // It is still out of reach: the breaker opens.
    served.push(...(await serve(makeEnvironment(), Array.from({ length: 6 }, () => [task] as const))));
    answerAll = undefined;
    return served;
  };

  const serveStoreFaults = async (): Promise<Served[]> => {
    const env = makeEnvironment();
    const kms = makeEnvironment({ CREDENTIALS_LOCAL_KEY: '', CREDENTIALS_KEY_ARN: 'arn:aws:kms:us-east-1:111122223333:key/example' });
    return [
      ...(await serve(makeEnvironment({ TASK_TABLE: 'no-such-table' }), [[results], [task], [tasks], createWithKey('a'), createBatch, [`${batches}/${noBatch}`]])),
      ...(await serve(makeEnvironment({ TASK_TABLE: '' }), [[results], [task], createWithKey('a')])),
      ...(await serve(kms, [[results]])),
      ...(await serve(env, [withSecrets])),
      // Stored under another key than this one.
      ...(await serve({ ...env, CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64') }, [withSecrets])),
    ];
  };

  return {
    makeEnvironment,
    serveAll: async (): Promise<Served[]> => [
      ...(await serve(makeEnvironment(), everyRoute)),
      ...(await serveVendorFaults()),
      ...(await serveStoreFaults()),
    ],
    close: () => Promise.all([vendor.close(), table.close()]),
  };
}
